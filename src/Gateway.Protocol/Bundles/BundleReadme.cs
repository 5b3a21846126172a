using System.Text;

namespace Gateway.Protocol.Bundles;

/// <summary>README.txt: what the bundle is and how to check it with sha256sum and openssl alone. The commands are run by a test as they stand here.</summary>
internal static class BundleReadme
{
    private const string Body = """

        It holds what two States exchanged in this case: the sealed messages, the receipts that each gateway signed when it
        took or handed over a message, the manifests of the evidence, and the certificates needed to check them. It can be
        checked without the software that made it. The program gateway-verify does all of the following and more at once:

            gateway-verify BUNDLE.zip --trust XX=FINGERPRINT --trust YY=FINGERPRINT

        Somebody who makes a false bundle also writes its README. Take these commands from a source that you trust, for
        example the product's documentation; the text there is the same.

        Files
          MANIFEST.sha256                 every other file and its SHA-256
          MANIFEST.cms                    the exporting authority's seal over the digest of MANIFEST.sha256
          case.json                       cases, authorities, number of receipts and last receipt of each chain, between which leaves of each log the proofs stand, what is withheld
          receipts/CASE/STATE/N.cms       the receipts that the State issued in the case, from 1 on
          documents/SHA256.cms            sealed covers: what was sent, with the signed request, the stamp and the other parts inside
          evidence/ITEM/manifest.cms      what the laboratory signed about an item; 'content' beside it where it is disclosed
          log/STATE/                      the newest checkpoint of the State's log with its cosignatures, the policy it met, and a proof for each receipt, under the first checkpoint that witnesses saw
          log/STATE/growth/               the ways between checkpoints of one log: that the later one holds all of the earlier one
          log/STATE/conflicts/            where the State split its log: two checkpoints of one size with different roots, both signed by it
          log/STATE/tsa/                  time-stamps (RFC 3161) over earlier checkpoints, each beside the bytes that were stamped
          erasures/SHA256.cms             what was erased, by whom, on which ground
          recognition/SHA256.json         what the exporting State made of a signed file when it got it; SHA256.record.json: that its log holds this
          trust/material/SHA256.*         lists, agreements and revocation lists on which that rests: material, never anchors
          trust/STATE/                    the State's card as its peer received it, and the certificates in it as PEM files

        All commands are for a Unix shell in the folder into which the ZIP was unpacked. They need coreutils, sed and
        OpenSSL 3. '-partial_chain' makes a listed certificate count as trusted although its issuer is not there;
        '-no-CApath -no-CAstore' keep the authorities out that your computer trusts for web sites;
        '-no_check_time' accepts certificates that have expired since. A document may end with additions of its issuer's own
        ("extensions"), which 'bare' cuts off: what stands in them is none of ours. Run these lines first:

            check() { openssl cms -verify -cades -binary -inform DER -partial_chain -purpose any -no-CApath -no-CAstore "$@"; }
            bare() { sed 's/,"extensions":{.*//'; }

        1. The files are those that the exporting authority sealed. The two SHA-256 values printed last must be equal.

            sha256sum --quiet -c MANIFEST.sha256 && echo "all files as listed"
            check -in MANIFEST.cms -CAfile trust/{EXPORTER}/seals.pem -no_check_time | bare | sed -n 's/.*"sha256":"\([0-9a-f]*\)".*/\1/p'
            sha256sum < MANIFEST.sha256

        2. The cards are those of the States. Each value printed for a State must be the fingerprint that you obtained from
           that State in another way (by telephone, from its official journal). Everything else rests on this.

            for s in {STATES}; do
              for c in trust/$s/card-*.cms; do
                rm -f signer.tmp
                openssl cms -verify -noverify -binary -inform DER -in $c -signer signer.tmp -out card.tmp 2>/dev/null || { echo "BROKEN $c"; continue; }
                openssl x509 -in signer.tmp -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | sed "s/-/$s/"
                check -in $c -CAfile signer.tmp -no_check_time > card.tmp || echo "BROKEN $c"
                bare < card.tmp | grep '^{"v":1,"type":"peerCard","state":"'$s'",' >> cards-$s.tmp || echo "BROKEN $c is no card of $s"
              done
              for p in seals stamps persons; do
                [ -f trust/$s/$p.pem ] || continue
                case $p in seals) m=seal ;; stamps) m=stamp ;; persons) m=personAuthorities ;; esac
                ! grep -qvxE -e '-----(BEGIN|END) CERTIFICATE-----|[A-Za-z0-9+/=]{1,76}' trust/$s/$p.pem || echo "BROKEN trust/$s/$p.pem holds something else than certificates"
                sed '/^-----END/s/.*/;/' trust/$s/$p.pem | sed '/^-----BEGIN/d' | tr -d '\n' | tr ';' '\n' | while read -r b; do
                  grep -o "\"$m\":\[[^]]*\]" cards-$s.tmp | grep -qF "\"$b\"" || echo "BROKEN trust/$s/$p.pem: a certificate is not in the card"
                done
              done
            done; rm -f signer.tmp card.tmp cards-??.tmp

        3. Every receipt is sealed by an authority of its State with a certificate valid at that time, and names the SHA-256
           of the receipt before it (null in the first). Silence means good.

            for d in receipts/*/*/; do
              s=$(basename "$d"); p=null
              for r in "$d"*.cms; do
                j=$(check -in "$r" -CAfile trust/$s/seals.pem -no_check_time 2>/dev/null) || echo "BROKEN signature $r"
                j=$(printf '%s' "$j" | bare); t=$(printf '%s' "$j" | sed -n 's/.*"time":"\([^"]*\)".*/\1/p')
                check -in "$r" -CAfile trust/$s/seals.pem -attime $(date -d "$t" +%s) >/dev/null 2>&1 || echo "BROKEN certificate not valid then $r"
                q=$(printf '%s' "$j" | sed -n 's/.*"previous":"\{0,1\}\([0-9a-z]*\).*/\1/p')
                [ "$q" = "$p" ] || echo "BROKEN chain $r"
                p=$(sha256sum < "$r" | cut -c1-64)
              done
            done

        4. Every document bears its own SHA-256 as name, and is what a receipt names as "coverSha256".

            for f in documents/*.cms; do
              [ "documents/$(sha256sum < $f | cut -c1-64).cms" = "$f" ] || echo "BROKEN name $f"
            done
            for h in $(for r in receipts/*/*/*.cms; do check -in $r -CAfile trust/$(basename $(dirname $r))/seals.pem -no_check_time 2>/dev/null | bare; done | sed -n 's/.*"coverSha256":"\([0-9a-f]*\)".*/\1/p' | sort -u); do
              [ -f documents/$h.cms ] || grep -q "\"withheld\":.*$h" case.json || echo "BROKEN missing document $h"
            done

        5. What was asked and answered: this unpacks each sealed cover into a folder, part by part, and checks the cover's seal,
           the persons' signatures and the registry's stamp. The signed documents are printed as the persons signed them.

            for f in documents/*.cms; do
              for s in {STATES}; do check -in $f -CAfile trust/$s/seals.pem -no_check_time -out cover.tmp 2>/dev/null && break; rm -f cover.tmp; done
              [ -f cover.tmp ] && grep -q '"type":"cover"' cover.tmp || continue
              o=parts/$(basename $f .cms); mkdir -p $o; n=0
              bare < cover.tmp | sed 's/.*"parts":\[//' | sed 's/},{/}\n{/g' | while read -r part; do
                n=$((n+1)); role=$(printf '%s' "$part" | sed -n 's/.*{"role":"\([a-z]*\)".*/\1/p')
                printf '%s' "$part" | sed -n 's/.*"content":"\([^"]*\)".*/\1/p' | openssl base64 -d -A > $o/$n-$role
                case $role in
                  stamp) check -in $o/$n-$role -CAfile trust/$s/stamps.pem -no_check_time || echo "BROKEN $o/$n-$role";;
                  request|act|manifest|release|shipment|loss) check -in $o/$n-$role -CAfile trust/$s/persons.pem -no_check_time || echo "BROKEN $o/$n-$role";;
                esac
              done; rm -f cover.tmp
            done

           A stamp states "requestSha256": it is the SHA-256 of the part 'request' (sha256sum parts/*/*-request).

        6. A disclosed item has the digests that its manifest states.

            for m in evidence/*/manifest.cms; do
              [ -f $m ] || continue
              openssl cms -verify -noverify -binary -inform DER -in $m 2>/dev/null | sed 's/.*"fileName":\("[^"]*"\).*"digests":\(\[[^]]*\]\).*/\1 \2/'
              [ -f $(dirname $m)/content ] && sha256sum $(dirname $m)/content
            done

        7. A time-stamp is of the checkpoint beside it. Whether its authority is one is for you to say: put the certificate of its
           root, obtained elsewhere, into tsa.pem, and print who made each stamp, and when. Without that file nothing is asked. The
           authority's certificate has to be valid at the time of the stamp: later it may have expired, and that says nothing.

            for t in log/*/tsa/*.tsr; do
              [ -f $t ] && [ -f tsa.pem ] || continue
              d=$(openssl ts -reply -in $t -text 2>/dev/null | sed -n 's/^Time stamp: //p'); echo "$d"
              openssl ts -verify -attime $(date -d "$d" +%s) -data ${t%.*.tsr}.checkpoint -in $t -CAfile tsa.pem >/dev/null 2>&1 || echo "BROKEN $t"
            done

           The script verify.sh of the product's documentation checks the proofs, the cosignatures and the rest of log/.

        What this does not prove: that nothing happened which no receipt records; that the times are right, beyond the word of
        the two States; that the receipts shown last in a chain are the last that were issued, unless the other side's
        receipts name them as "peerHead"; and that an item was what it is said to be before the laboratory hashed it.
        """;

    public static byte[] Write(BundleSource source)
    {
        var states = string.Join(' ', source.Cards.Select(c => c.Card.State).Distinct().Order(StringComparer.Ordinal));
        var text = $"This is the bundle of the case {source.Case}, exported by {source.Exporter.Authority}.\n"
            + (source.Conditions.Count == 0 ? "" : $"\nThe data in it may be used under these conditions only, which go with every copy and extract:\n{string.Concat(source.Conditions.Select(line => $"  {Plain(line)}\n"))}")
            + Body.Replace("{EXPORTER}", source.Exporter.State, StringComparison.Ordinal).Replace("{STATES}", states, StringComparison.Ordinal)
                .ReplaceLineEndings("\n") + "\n";
        return Encoding.UTF8.GetBytes(text);
    }

    // Written by people of another State: one line, and nothing that a terminal would obey.
    private static string Plain(string line) => new([.. line.Select(c => char.IsControl(c) || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.Format ? ' ' : c)]);
}
