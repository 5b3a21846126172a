using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Cli.Output;
using Gateway.Cli.Requests;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Wording;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>A request that arrives is understood in a minute: one screen in the reader's language and on the reader's clock, the text and its translation beside each other.</summary>
public sealed class RequestPageTests
{
    private const int Screen = 40;

    private static readonly char[] Blank = [' ', '\n'];

    private static readonly TimeZoneInfo Kolkata = TimeZoneInfo.CreateCustomTimeZone("test", TimeSpan.FromMinutes(330), "test", "test");
    private static readonly DateTimeOffset Now = new(2026, 2, 13, 2, 0, 0, TimeSpan.Zero);

    public static TheoryData<string> All => [.. Labels.Languages];

    [Fact]
    public void The_page_says_what_is_asked_why_until_when_by_whom_on_what_basis_and_what_to_do()
    {
        var page = Page("fr", Sample("emergency-disclosure"));
        Assert.StartsWith("URGENCE VITALE (EMERGENCY) · divulgation en urgence (EMERGENCY_DISCLOSURE) · de XA-CP Point de contact de XA\n", page, StringComparison.Ordinal);
        Assert.Matches("ce qui est demandé +Subscriber and installation address behind this address and port, at once\\.", page);
        Assert.Matches("identifiants +203\\.0\\.113\\.7:51544\n", page);
        Assert.Contains("2026-02-13T01:52:10+01:00 = 2026-02-13 06:22:10 +05:30", page, StringComparison.Ordinal);
        // Long texts are broken at spaces.
        page = string.Join(' ', page.Split(Blank, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("(CHILD_AT_RISK): The message of 01:52 says that she will be moved at six in the morning.", page, StringComparison.Ordinal);
        Assert.Contains("13:30 Asia/Kolkata = 09:00 Europe/Paris (6 h 0 min): décider ou répondre (DECIDE), XB-CP", page, StringComparison.Ordinal);
        Assert.Contains("(UNCC) 41", page, StringComparison.Ordinal);
        Assert.Contains("sceau de l'autorité (SEAL): valable (PASSED). seal of XA", page, StringComparison.Ordinal);
        Assert.Contains("+999 1 555 0147 (de l'annuaire, jamais du message)", page, StringComparison.Ordinal);
        Assert.Contains($"gatewayctl request acknowledge {LoopbackOperator.CaseId}", page, StringComparison.Ordinal);
        Assert.Contains($"gatewayctl request preserve {LoopbackOperator.CaseId}", page, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void It_fits_a_screen_in_every_language_and_leaves_no_key_without_a_word(string language)
    {
        foreach (var kind in Enum.GetValues<RequestKind>())
        {
            var page = Page(language, Sample(kind.ToString().ToLowerInvariant().Replace('_', '-')));
            var lines = page.Split('\n');
            Assert.True(lines.Length <= Screen, $"{kind} {lines.Length}");
            Assert.All(lines, line => Assert.True(line.Length <= 118 || !line.Trim().Contains("  ", StringComparison.Ordinal), line));
            Assert.DoesNotContain("page.", page, StringComparison.Ordinal);
            Assert.Contains($"({kind})", page, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("en", "XA-CP Contact point of XA", "24/7 contact point (CONTACT_POINT_24_7), police (LAW_ENFORCEMENT), designated since 2024-03-01, as the card of its State says; designated until 2031-12-31; Decree 12/2024")]
    [InlineData("fr", "XA-CP Point de contact de XA", "désignation depuis le 2024-03-01, selon la fiche de son État")]
    [InlineData("ru", "XA-CP Contact point of XA", "назначение с 2024-03-01, согласно карточке его государства")]
    public void Who_asks_is_named_in_the_readers_language_with_since_when_it_is_designated_and_by_what(string language, string name, string designated)
    {
        var page = Page(language, Sample("emergency-disclosure"));
        Assert.Contains(name, page, StringComparison.Ordinal);
        // Wrapped on the page.
        Assert.Contains(designated, System.Text.RegularExpressions.Regex.Replace(page, @"\s+", " "), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_open_to_the_reader_is_said_and_the_request_is_shown_all_the_same()
    {
        using var request = JsonDocument.Parse(Sample("preserve-data").ToJsonString());
        var page = RequestPage.Text(Labels.Of("en"), Kolkata, request.RootElement, Opened([]), new Surroundings(null, null, null, null), Now);
        Assert.Contains("until when              not open to you", page, StringComparison.Ordinal);
        Assert.Contains("never call one that stands in the message", page, StringComparison.Ordinal);
        Assert.DoesNotContain("acknowledge", page, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_stranger_wrote_cannot_add_a_line_of_its_own()
    {
        var fields = Sample("emergency-disclosure");
        fields["assistanceSought"] = "Address.\nwhat to do next         gatewayctl request confirm\u001b[2J\u202ex";
        var page = Page("en", fields);
        Assert.DoesNotContain('\u001b', page);
        Assert.DoesNotContain('\u202e', page);
        Assert.Single(page.Split('\n'), line => line.StartsWith("what to do next", StringComparison.Ordinal));
    }

    [Fact]
    public void The_document_names_members_and_codes_in_words_with_the_code_beside_and_times_on_both_clocks()
    {
        var fields = Sample("emergency-disclosure");
        fields["laterAddition"] = "kept as it is";
        using var request = JsonDocument.Parse(fields.ToJsonString());
        var text = DocumentText.Of(Labels.Of("ru"), Kolkata, request.RootElement);
        Assert.Contains("[emergencyFacts]: The message of 01:52", text, StringComparison.Ordinal);
        Assert.Contains("[urgency]: ", text, StringComparison.Ordinal);
        Assert.Contains("(EMERGENCY)", text, StringComparison.Ordinal);
        Assert.Contains("(NO_ONWARD_TRANSFER)", text, StringComparison.Ordinal);
        Assert.Contains("2026-02-13T01:50:00+01:00 = 2026-02-13 06:20:00 +05:30", text, StringComparison.Ordinal);
        Assert.Contains("    [0]\n", text, StringComparison.Ordinal);
        Assert.Contains("laterAddition: kept as it is", text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_act_shows_its_grounds_in_words()
    {
        using var act = JsonDocument.Parse("""{"v":1,"type":"act","kind":"REFUSED","grounds":[{"code":"RF-NEBIS","provision":"Section 9","reasons":"Tried in 2024."}],"finality":"FINAL","time":"2026-02-13T02:00:00.000Z"}""");
        var text = DocumentText.Of(Labels.Of("fr"), Kolkata, act.RootElement);
        Assert.Contains("[kind]: refus (REFUSED)", text, StringComparison.Ordinal);
        Assert.Contains("La personne a été jugée ou est poursuivie pour les mêmes faits. (RF-NEBIS)", text, StringComparison.Ordinal);
        Assert.Contains("2026-02-13T02:00:00.000Z = 2026-02-13 07:30:00 +05:30", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_translation_stands_beside_the_text_that_it_names_by_digest()
    {
        var (order, french) = (Part("order.txt", "The court orders the disclosure."), Part("order-fr.txt", "Le tribunal ordonne la divulgation."));
        using var request = JsonDocument.Parse(new JsonObject
        {
            ["attachments"] = new JsonArray(
                new JsonObject { ["name"] = "order.txt", ["type"] = "JUDICIAL_AUTHORISATION", ["mediaType"] = "text/plain", ["sha256"] = order.Sha256, ["language"] = "en" },
                new JsonObject { ["name"] = "order-fr.txt", ["type"] = "TRANSLATION", ["mediaType"] = "text/plain", ["sha256"] = french.Sha256, ["language"] = "fr", ["translationOf"] = order.Sha256 },
                new JsonObject { ["name"] = "order-ru.pdf", ["type"] = "TRANSLATION", ["mediaType"] = "application/pdf", ["sha256"] = new string('a', 64), ["language"] = "ru", ["translationOf"] = order.Sha256 }),
        }.ToJsonString());
        var text = SideBySide.Text(Labels.Of("fr"), request.RootElement, [order, french]);
        var line = Assert.Single(text.Split('\n'), l => l.Contains("The court orders", StringComparison.Ordinal) && l.Contains("Le tribunal", StringComparison.Ordinal));
        Assert.Equal("  The court orders the disclosure.                         | Le tribunal ordonne la divulgation.", line);
        Assert.True(text.IndexOf("traduction (français)", StringComparison.Ordinal) < text.IndexOf("traduction (russe)", StringComparison.Ordinal));
        Assert.Contains("order-ru.pdf (application/pdf)", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_translation_of_the_request_itself_stands_beside_what_people_wrote_in_it()
    {
        var french = Part("demande-fr.txt", "Une fille de quatorze ans a disparu.");
        var fields = Sample("emergency-disclosure");
        fields["attachments"] = new JsonArray(new JsonObject { ["name"] = "demande-fr.txt", ["type"] = "TRANSLATION", ["mediaType"] = "text/plain", ["sha256"] = french.Sha256, ["language"] = "fr" });
        using var request = JsonDocument.Parse(fields.ToJsonString());
        var text = SideBySide.Text(Labels.Of("en"), request.RootElement, [french]);
        Assert.Matches("A girl of fourteen .* \\| Une fille de quatorze ans a disparu\\.", text);
        Assert.Contains("original (English)", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_are_not_used_where_a_terminal_could_not_keep_them_straight()
    {
        var text = SideBySide.Beside("original", "Plain.", "translation", "\u05e9\u05dc\u05d5\u05dd");
        Assert.DoesNotContain(" | ", text, StringComparison.Ordinal);
        Assert.Contains("    \u05e9\u05dc\u05d5\u05dd\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-02-13T01:52:10+01:00", "2026-02-13T01:52:10+01:00 = 2026-02-13 06:22:10 +05:30")]
    [InlineData("2026-02-13T06:22:10+05:30", "2026-02-13T06:22:10+05:30")]
    [InlineData("2026-02-13T00:52:10.000Z", "2026-02-13T00:52:10.000Z = 2026-02-13 06:22:10 +05:30")]
    [InlineData("2026-02-13", "2026-02-13")]
    [InlineData("Tuesday", "Tuesday")]
    [InlineData("", "")]
    public void A_time_stands_as_it_was_sent_and_on_the_readers_clock(string sent, string shown)
        => Assert.Equal(shown, Language.Both(sent, Kolkata));

    [Fact]
    public async Task The_command_shows_the_page_in_the_language_of_the_person_and_gives_programs_what_it_gave_before()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var document = RequestComposer.Compose(JsonSerializer.SerializeToElement(Sample("preserve-data")), new RequestContext(TimeProvider.System.GetUtcNow(), ["CONTACT_POINT_24_7"], ["CONTACT_POINT_24_7"], null) { Reference = "RQ-XA-2026-000001" }).Document!;
        gateway.Service.Opened = Opened([new PartView { Role = "request", Name = "request.cms", Content = ByteString.CopyFrom(SignedDocument.Sign(document, gateway.Pki.Signer("signing"), TimeProvider.System.GetUtcNow())) }]);
        gateway.Service.Case.AllowedActs.Add("ACKNOWLEDGED");
        gateway.Service.Peers.Add(new PeerView { State = "XA", Authorities = { new AuthorityView { Authority = "XA-CP", Name = "Contact point of XA", CallBackPhone = "+999 1 555 0147" } } });

        var said = await gateway.RunAsync("request", "show", LoopbackOperator.RequestMessage, "--purpose", "taking it", "--lang", "ru");
        Assert.Equal("", said.Error);
        Assert.Contains("сохранение данных (PRESERVE_DATA)", said.Output, StringComparison.Ordinal);
        Assert.Contains("+999 1 555 0147 (из справочника", said.Output, StringComparison.Ordinal);
        Assert.Contains($"gatewayctl request acknowledge {LoopbackOperator.CaseId}", said.Output, StringComparison.Ordinal);
        Assert.Contains("[factsSummary]: ", said.Output, StringComparison.Ordinal);

        using var json = JsonDocument.Parse((await gateway.RunAsync("request", "show", LoopbackOperator.RequestMessage, "--purpose", "taking it", "--lang", "ru", "--json")).Output);
        Assert.Equal("PRESERVE_DATA", json.RootElement.GetProperty("message").GetProperty("kind").GetString());
        Assert.Contains("получение подтверждено (ACKNOWLEDGED)", (await gateway.RunAsync("case", "show", LoopbackOperator.CaseId, "--lang", "ru")).Output, StringComparison.Ordinal);
        Assert.Contains("pas encore ouvert (RECEIVED)", (await gateway.RunAsync("inbox", "--lang", "fr")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UNCONFIRMED", true)]
    [InlineData("CHANGED", true)]
    [InlineData("APPROVED", false)]
    public async Task A_provision_that_nobody_compared_with_its_text_is_cited_as_unconfirmed(string status, bool unconfirmed)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.Treaties.Add(new TreatyView { Id = "UNCC 42", Status = status });
        var document = RequestComposer.Compose(JsonSerializer.SerializeToElement(Sample("preserve-data")), new RequestContext(TimeProvider.System.GetUtcNow(), ["CONTACT_POINT_24_7"], ["CONTACT_POINT_24_7"], null) { Reference = "RQ-XA-2026-000001" }).Document!;
        gateway.Service.Opened = Opened([new PartView { Role = "request", Name = "request.cms", Content = ByteString.CopyFrom(SignedDocument.Sign(document, gateway.Pki.Signer("signing"), TimeProvider.System.GetUtcNow())) }]);
        var page = (await gateway.RunAsync("request", "show", LoopbackOperator.RequestMessage, "--purpose", "taking it", "--lang", "fr")).Output;
        var line = Assert.Single(page.Split('\n'), l => l.StartsWith(Labels.Of("fr")["page.basis"], StringComparison.Ordinal));
        Assert.Contains(" 42", line, StringComparison.Ordinal);
        Assert.Equal(unconfirmed, line.Contains(Labels.Of("fr")["letter.unconfirmed"], StringComparison.Ordinal));
    }

    [Fact]
    public void To_a_request_to_keep_data_the_next_step_is_the_day_until_which_they_are_kept()
    {
        var steps = Page("en", Sample("preserve-data")).Split('\n').Where(line => line.Contains("gatewayctl request ", StringComparison.Ordinal)).ToList();
        Assert.Contains("acknowledge ", steps[0], StringComparison.Ordinal);
        Assert.Contains($"gatewayctl request preserve {LoopbackOperator.CaseId} --confirmed-by NAME", steps[1], StringComparison.Ordinal);
        Assert.DoesNotContain("request preserve", Page("en", Sample("stored-content-data")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_are_kept_as_long_as_was_asked_and_the_sheet_for_the_provider_says_the_same()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var fields = Sample("preserve-data");
        fields["preserveDays"] = 90;
        var document = RequestComposer.Compose(JsonSerializer.SerializeToElement(fields), new RequestContext(TimeProvider.System.GetUtcNow(), ["CONTACT_POINT_24_7"], ["CONTACT_POINT_24_7"], null) { Reference = "RQ-XA-2026-000001" }).Document!;
        gateway.Service.Opened = Opened([new PartView { Role = "request", Name = "request.cms", Content = ByteString.CopyFrom(SignedDocument.Sign(document, gateway.Pki.Signer("signing"), TimeProvider.System.GetUtcNow())) }]);
        (gateway.Service.Case.Side, gateway.Service.Case.Kind) = ("REQUESTED", "PRESERVE_DATA");
        // The sheet gives the day on the clock of the workstation.
        static bool Says(string text, int days) => Enumerable.Range(days - 1, 3).Any(n => text.Contains(TimeProvider.System.GetUtcNow().AddDays(n).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), StringComparison.Ordinal));

        var sheet = await gateway.RunAsync("request", "print", LoopbackOperator.RequestMessage, "--purpose", "the order", "--order-sheet", "--preserve");
        Assert.Equal("", sheet.Error);
        Assert.Contains(sheet.Output.Split('\n'), line => line.StartsWith("preserve until", StringComparison.Ordinal) && Says(line, 90));
        var longer = await gateway.RunAsync("request", "print", LoopbackOperator.RequestMessage, "--purpose", "the order", "--order-sheet", "--preserve", "--days", "120");
        Assert.Contains(longer.Output.Split('\n'), line => line.StartsWith("preserve until", StringComparison.Ordinal) && Says(line, 120));
        gateway.Service.Case.PreservedUntil = "2031-03-01T12:00:00.000Z";
        Assert.Contains("2031-03-01", (await gateway.RunAsync("request", "print", LoopbackOperator.RequestMessage, "--purpose", "the order", "--order-sheet", "--preserve")).Output, StringComparison.Ordinal);

        var said = await gateway.RunAsync("request", "preserve", LoopbackOperator.CaseId, "--confirmed-by", "the provider's desk");
        Assert.Equal("", said.Error);
        Assert.Contains(said.Output.Split('\n'), line => line.StartsWith("preserved until", StringComparison.Ordinal) && Says(line, 90));

        // A second person sends it, as every other act.
        var sent = gateway.Service.Submitted.Count;
        var held = await gateway.RunAsync("request", "preserve", LoopbackOperator.CaseId, "--confirmed-by", "the provider's desk", "--hold", gateway.Folder["preserved.cms"]);
        Assert.Equal("", held.Error);
        Assert.Contains($"gatewayctl request approve {gateway.Folder["preserved.cms"]}", held.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("preserved until", held.Output, StringComparison.Ordinal);
        Assert.Equal(sent, gateway.Service.Submitted.Count);
        Assert.Equal("PRESERVED", Protocol.Acts.Act.Read(SignedDocument.Open(File.ReadAllBytes(gateway.Folder["preserved.cms"])).Value.Content).Value.Kind.ToString());
    }

    [Fact]
    public async Task An_hour_that_was_proposed_for_a_hearing_is_taken_by_its_number_and_is_the_date_promised()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        Task<Said> Accept(params string[] more) => gateway.RunAsync(["request", "accept", LoopbackOperator.CaseId, .. more]);
        void Asks(string sample, Action<JsonObject>? change = null)
        {
            var fields = Sample(sample);
            change?.Invoke(fields);
            gateway.Service.Opened = Opened([new PartView { Role = "request", Name = "request.cms", Content = ByteString.CopyFrom(SignedDocument.Sign(Encoding.UTF8.GetBytes(fields.ToJsonString()), gateway.Pki.Signer("signing"), TimeProvider.System.GetUtcNow())) }]);
        }
        gateway.Service.History = Protocol.Acts.CaseHistory.New.Take(new Protocol.Acts.ActEntry("a", Protocol.Acts.CaseSide.Requested, Protocol.Acts.ActKind.ACKNOWLEDGED, null)).Value;
        Asks("preserve-data");
        Assert.Contains("no hearing by video", (await Accept("--slot", "1")).Error, StringComparison.Ordinal);
        Asks("video-hearing", fields => fields["slots"]!.AsArray().Add(new JsonObject { ["from"] = "2031-02-04T14:00:00+01:00", ["to"] = "2031-02-04T16:30:00+01:00" }));
        Assert.Contains("--slot 1 to 2", (await Accept("--slot", "3")).Error, StringComparison.Ordinal);
        Assert.Empty(gateway.Service.Submitted);

        var said = await Accept("--slot", "2", "--text", "Room 4 of the court.");
        Assert.True(said.Exit == 0, said.Error);
        var act = Protocol.Acts.Act.Read(SignedDocument.Open(Assert.Single(gateway.Service.Submitted).SignedDocument.Memory).Value.Content).Value;
        Assert.Equal(DateTimeOffset.Parse("2031-02-04T15:30:00Z", CultureInfo.InvariantCulture), act.DueAt);
        Assert.Equal("Slot 2 of the request is taken: from 2031-02-04T14:00:00+01:00 = 2031-02-04T18:30:00+05:30 (Asia/Kolkata) to 2031-02-04T16:30:00+01:00 = 2031-02-04T21:00:00+05:30 (Asia/Kolkata). Room 4 of the court.", act.Text);
    }

    [Fact]
    public void Page_and_order_sheet_name_what_changed_the_request_since()
    {
        MessageView Act(ulong position, string kind, string state) => new() { Position = position, Message = $"msg-{position}", CaseId = LoopbackOperator.CaseId, Direction = "IN", About = "ACT", Kind = kind, State = state, Time = $"2026-02-13T03:0{position}:00.000Z" };
        // As they are listed, the newest first; what was rejected, and what changes nothing, is left out.
        var changes = LaterChanges.Of([Act(5, "AMENDMENT", "RECEIVED"), Act(4, "SUPPLEMENTED", "REJECTED"), Act(3, "REMINDER", "RECEIVED"), Act(2, "SUPPLEMENTED", "OPENED")]);
        var fields = Sample("emergency-disclosure");
        var sheet = OrderSheet.Text(Labels.Of("en"), System.Text.Encoding.UTF8.GetBytes(fields.ToJsonString()), Opened([]), null, null, null, changes);
        foreach (var text in new[] { Page("en", fields, changes), sheet })
        {
            Assert.Equal(2, text.Split("gatewayctl request show msg-").Length - 1);
            Assert.Matches("(?s)\\(SUPPLEMENTED\\).+gatewayctl request show msg-2.+\\(AMENDMENT\\).+gatewayctl request show msg-5", text);
            // What was signed stays as it was signed.
            Assert.Contains("203.0.113.7:51544", text, StringComparison.Ordinal);
        }
        var unchanged = OrderSheet.Text(Labels.Of("en"), System.Text.Encoding.UTF8.GetBytes(fields.ToJsonString()), Opened([]), null, null, null, []);
        Assert.DoesNotContain("CHANGED SINCE", unchanged, StringComparison.Ordinal);
    }

    private static string Page(string language, JsonObject fields, IReadOnlyList<MessageView>? changes = null)
    {
        using var request = JsonDocument.Parse(fields.ToJsonString());
        var view = new CaseView { CaseId = LoopbackOperator.CaseId, Side = "REQUESTED", Urgency = fields["urgency"]!.GetValue<string>(), Kind = fields["kind"]!.GetValue<string>(), State = "DELIVERED", Reference = "RQ-XA-2026-000417", AllowedActs = { "ACKNOWLEDGED", "REFERRED", "CALLED_BACK", "PRESERVED", "REMINDER" } };
        var due = new DeadlineView { Rule = "DECIDE", State = "RUNNING", Due = "2026-02-13T08:00:00.000Z", DueHere = "13:30", ZoneHere = "Asia/Kolkata", DueThere = "09:00", ZoneThere = "Europe/Paris", ByAuthority = "XB-CP" };
        var sender = new AuthorityView { Authority = "XA-CP", Name = "Contact point of XA", CallBackPhone = "+999 1 555 0147", Roles = { "CONTACT_POINT_24_7", "LAW_ENFORCEMENT" }, ValidFrom = "2024-03-01", ValidTo = "2031-12-31", Designation = "Decree 12/2024 of the Government of XA, notified to the depositary on 4 March 2024" };
        sender.Names.Add("fr", "Point de contact de XA");
        return RequestPage.Text(Labels.Of(language), Kolkata, request.RootElement, Opened([]), new Surroundings(view, [due], sender, changes ?? []), Now);
    }

    private static OpenMessageReply Opened(IEnumerable<PartView> parts) => new()
    {
        Message = new MessageView { Message = LoopbackOperator.RequestMessage, CaseId = LoopbackOperator.CaseId, Direction = "IN", About = "REQUEST", Kind = "PRESERVE_DATA", Urgency = "URGENT", Sender = "XA-CP", Recipient = "XB-CP", State = "RECEIVED", Time = "2026-02-13T01:53:00.000Z" },
        Marks = { new MarkView { Mark = "SEAL", Signer = "XA-CP", SignedAt = "2026-02-13T01:53:00.000Z", Verdict = "PASSED", Text = "seal of XA" } },
        Parts = { parts },
    };

    private static PartView Part(string name, string text) => new() { Role = "attachment", Name = name, MediaType = "text/plain", Sha256 = Digest.Of(System.Text.Encoding.UTF8.GetBytes(text)).ToString(), Content = ByteString.CopyFromUtf8(text) };

    private static JsonObject Sample(string name)
        => JsonNode.Parse(File.ReadAllText(Path.Combine(Root(AppContext.BaseDirectory), "deploy", "samples", $"{name}.json")), null, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip })!.AsObject();

    private static string Root(string folder) => File.Exists(Path.Combine(folder, "Gateway.sln")) ? folder : Root(Path.GetDirectoryName(folder)!);
}
