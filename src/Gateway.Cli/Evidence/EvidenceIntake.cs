using System.CommandLine;
using System.Text;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Cli.Recorded;
using Gateway.Cli.Requests;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Evidence;

namespace Gateway.Cli.Evidence;

internal static class EvidenceIntake
{
    public static Command Create()
    {
        var file = new Option<string?>("--out") { Description = "Write to this file; left out: standard output", HelpName = "FILE" };
        var image = new Option<string?>("--from") { Description = "An E01 image, or the folder that holds its segments: what the imaging tool wrote into it is filled in", HelpName = "SOURCE" };
        var field = new Option<string[]>("--field") { Description = "A member: exhibitNumber=E-7; with a dot into an object; again for a list (repeat)", HelpName = "NAME=VALUE" };
        var given = new Option<string?>("--form") { Description = "Members from a JSON or YAML file; --field replaces them", HelpName = "FILE" };
        var ask = new Option<bool>("--ask") { Description = "Ask for what is missing; what a lab answers for every item alike is asked once and remembered" };
        var lab = new Option<string>("--lab") { Description = "Whose answers are remembered: XB-LAB", DefaultValueFactory = _ => "lab", HelpName = "ID" };
        return new Command("intake", "What the lab says of an item: an empty form, or one filled from flags, a file or answers") { file, image, field, given, ask, lab }.Runs(run =>
        {
            var filled = run.Value(image) is { } source ? Filled(run, source) : Form();
            var form = run.Value(ask) || run.Value(given) is not null || run.Value(field) is { Length: > 0 }
                ? FillIntake.Fill(run, run.Value(image) is null ? [] : FieldsFile.Parse(filled), run.Value(given), run.Value(field) ?? [], run.Value(ask) ? run.Value(lab) : null)
                : filled;
            if (run.Value(file) is { } path)
            {
                NewFile.Write(path, Encoding.UTF8.GetBytes(form));
                run.Terminal.Line($"{path}: {(run.Value(ask) ? "" : "fill it in, ")}then: gatewayctl evidence attach FILE --case CASE --intake {path}");
            }
            else
                run.Terminal.Raw(form);
            return Task.FromResult(ExitCode.Good);
        });
    }

    private static string Filled(Invocation run, string source)
    {
        if (Directory.Exists(source))
        {
            source = Directory.EnumerateFiles(source).Where(file => EwfImage.IsFirstName(file) && EwfImage.IsAt(file)).ToList() switch
            {
                [var only] => only,
                [] => throw StopException.Usage($"{source} holds no E01 image"),
                _ => throw StopException.Usage($"{source} holds several E01 images; no form can be filled from all of them"),
            };
        }
        else if (!File.Exists(source))
            throw StopException.Usage($"there is no file {source}");
        else
            RecordedImages.RequireWhole(source);
        try
        {
            using var image = EwfImage.Open(source);
            var (form, leftOut) = ImageForm.Fill(Form(), image);
            foreach (var told in leftOut)
                run.Terminal.Note($"not taken from the image: {told}");
            return form;
        }
        catch (InvalidDataException e)
        {
            throw StopException.No($"{source} is not an E01 image that can be read: {e.Message}");
        }
    }

    internal static string Form() => $$"""
        // Fill in what applies; optional members that stay empty are left out. Times carry their offset: 2026-03-01T02:15:00+05:30
        {
          // optional · the message that asks for it; found by the case when empty
          "request": "",
          "exhibitNumber": "",
          // the object at the beginning of the derivation; only of an ORIGINAL it may stay empty: then it is the same exhibit
          "rootExhibitNumber": "",
          // optional · the item of the same case that this one was derived from
          "parentItem": "",
          // {{Words<Derivation>()}}
          "derivation": "",
          // what it is, what it contains, how it relates to the request
          "description": "",
          // {{Words<SourceType>()}}
          "sourceType": "",
          // the physical source, unless parentItem describes it: make and model, and a serial number or another number; 'none' where it bears none
          "device": {
            "makeModel": "",
            "serialNumber": "",
            // such as "IMEI 490154203237518"
            "deviceIds": []
          },
          // what else is known of the source; zone is needed, of a physical source sealNumber and packaging too ('none' where it came without)
          "source": {
            "colour": "",
            "owner": "",
            "lawfulHolder": "",
            // name of the time zone: Europe/Paris
            "zone": "",
            "clockOffsetSeconds": null,
            "clockSource": "",
            "conditionOnReceipt": "",
            "powerState": "",
            "encryptionState": "",
            "sealNumber": "",
            "packaging": "",
            "sealPhotoSha256": "",
            // SHA-256 of the source before and after, and of the copy: those stated agree
            "hashBefore": "",
            "hashAfter": "",
            "copyHash": ""
          },
          // {{Words<AcquisitionType>()}}
          "acquisitionType": "",
          "acquiredFrom": "",
          "acquiredTo": "",
          // address, room or system, and country
          "acquiredPlace": "",
          "methodDescription": "",
          // the written procedure followed; 'none' where there is none
          "sopReference": "",
          // required when a storage medium was copied; one that was used has model and version
          "writeBlocker": {
            "used": null,
            "model": "",
            "version": ""
          },
          // at least one; repeat the {…} for more
          "tools": [{
            "name": "",
            "vendor": "",
            "version": "",
            "purpose": "",
            // optional · licence or validation reference
            "validation": ""
          }],
          "examiner": {
            "name": "",
            "post": "",
            "organisation": "",
            // optional
            "accreditation": ""
          },
          // {{Words<ItemFormat>()}}
          "format": "",
          // optional · application/octet-stream when empty
          "mediaType": "",
          // this, or certificateExemption
          "certificate": {
            "name": "",
            "organisation": "",
            "address": "",
            // {{Words<CustodianRelation>()}}
            "relation": "",
            // list of {{Words<CustodianStatement>()}}
            "statements": [],
            "place": "",
            "time": "",
            // optional
            "expert": {
              "name": "",
              "post": "",
              "organisation": ""
            }
          },
          "certificateExemption": {
            // {{Words<ExemptionCode>()}}
            "code": "",
            // only with EMERGENCY_CERTIFICATE_TO_FOLLOW
            "due": ""
          },
          // list of {{Words<Sensitivity>()}}; NONE stands alone
          "sensitivity": [],
          "lawfulBasis": {
            "instrument": "",
            "provision": "",
            // optional · number of the authorisation, and what it is: warrant, court order, consent …
            "authorisation": "",
            "authorisationType": ""
          },
          // optional · when it holds personal data: as in a request ('gatewayctl request template')
          "handling": {
            "controllerState": "",
            "purposeCode": "",
            "purposeText": "",
            "dataCategories": [],
            "conditions": [{
              "code": "",
              "until": "",
              "text": ""
            }],
            // UNTIL_DATE (retainUntil) | UNTIL_FINAL_JUDGMENT_PLUS_DAYS (retainDays) | UNTIL_CASE_CLOSED
            "retention": "",
            "retainUntil": "",
            "retainDays": null,
            "reviewEveryDays": null,
            "legalHold": null,
            "specialCategory": null
          },
          // optional · what happened before, in order of time; the last event, ATTACHED, is added
          // 'gatewayctl evidence custody types' shows what each kind needs; repeat the {…} for more
          "custody": [{
            // {{string.Join(" | ", EarlierCustody.Kinds.SkipLast(1))}}
            "event": "",
            "time": "",
            // optional · name of the time zone: Europe/Paris
            "zone": "",
            "place": "",
            "actor": {
              "name": "",
              // id of the authority: XB-LAB
              "authority": ""
            },
            // optional · who had it before and who has it after, when it changes hands
            "from": "",
            "to": "",
            "reason": "",
            // optional · the item's lawful basis when empty
            "basis": "",
            // SHA-256 of the content, or why none was computed
            "hashBefore": "",
            "hashAfter": "",
            "hashNotApplicable": "",
            // optional · numbers of the physical seal
            "sealBefore": "",
            "sealAfter": "",
            // required for RECEIVED_BY_LAB
            "condition": "",
            // optional · what was changed and could not be avoided
            "change": {
              "description": "",
              "justification": "",
              "responsible": ""
            },
            // IDENTIFIED
            "howFound": "",
            // SEIZED, COLLECTED, SEALED, UNSEALED
            "sealNumber": "",
            // SEIZED, COLLECTED; role: OWNER | DATA_HOLDER | REPRESENTATIVE | SPECIALIST | WITNESS | INVESTIGATOR | OTHER
            "participants": [{
              "name": "",
              "role": "",
              "organisation": ""
            }],
            "order": "",
            // ACQUIRED, EXAMINED, ANALYSED
            "tools": [{
              "name": "",
              "vendor": "",
              "version": "",
              "purpose": ""
            }],
            // ACQUIRED
            "method": "",
            "writeBlocker": {
              "used": null,
              "model": "",
              "version": ""
            },
            "sourceHashBefore": "",
            "sourceHashAfter": "",
            "copyHash": "",
            // COPIED: SHA-256 of the signed copying record, exhibit number or item id of the copy
            "copyingRecord": "",
            "copyItem": "",
            // COPY_REFUSED: WOULD_HINDER_INVESTIGATION | LOSS_OR_CHANGE_POSSIBLE | OTHER
            "refusedBecause": "",
            // SEALED, UNSEALED: who was there
            "present": [],
            // STORED, MOVED
            "storagePlace": "",
            "accessClass": "",
            // CHECKED_OUT, CHECKED_IN
            "purpose": "",
            "expectedReturn": "",
            // RECEIVED_BY_LAB; hashCheck: EQUAL | DIFFERS | NOT_POSSIBLE
            "sealIntact": null,
            "hashCheck": "",
            // EXAMINED, ANALYSED: the working copy, or why not
            "itemUsed": "",
            "report": ""
          }]
        }

        """;

    private static string Words<TEnum>() where TEnum : struct, Enum => string.Join(" | ", Enum.GetNames<TEnum>());
}
