using System.CommandLine;
using System.Text;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Cli.Recorded;
using Gateway.Protocol.Evidence;

namespace Gateway.Cli.Evidence;

internal static class EvidenceIntake
{
    public static Command Create()
    {
        var file = new Option<string?>("--out") { Description = "Write to this file; left out: standard output", HelpName = "FILE" };
        var image = new Option<string?>("--from") { Description = "An E01 image: what the imaging tool wrote into it is filled in", HelpName = "FILE" };
        return new Command("intake", "A form to fill in: what the lab says of an item") { file, image }.Runs(run =>
        {
            var form = run.Value(image) is { } source ? Filled(source) : Form();
            if (run.Value(file) is { } path)
            {
                NewFile.Write(path, Encoding.UTF8.GetBytes(form));
                run.Terminal.Line($"{path}: fill it in, then: gatewayctl evidence attach FILE --case CASE --intake {path}");
            }
            else
                run.Terminal.Raw(form);
            return Task.FromResult(ExitCode.Good);
        });
    }

    private static string Filled(string source)
    {
        if (!File.Exists(source))
            throw StopException.Usage($"there is no file {source}");
        try
        {
            using var image = EwfImage.Open(source);
            return ImageForm.Fill(Form(), image);
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
          // optional · the object at the beginning of the derivation; the same exhibit when empty
          "rootExhibitNumber": "",
          // optional · the item that this one was derived from, when it was exchanged too
          "parentItem": "",
          // {{Words<Derivation>()}}
          "derivation": "",
          // what it is, what it contains, how it relates to the request
          "description": "",
          // {{Words<SourceType>()}}
          "sourceType": "",
          // optional · the physical source
          "device": {
            "makeModel": "",
            "serialNumber": "",
            // such as "IMEI 490154203237518"
            "deviceIds": []
          },
          // {{Words<AcquisitionType>()}}
          "acquisitionType": "",
          "acquiredFrom": "",
          "acquiredTo": "",
          // address, room or system, and country
          "acquiredPlace": "",
          "methodDescription": "",
          // optional · the written procedure followed
          "sopReference": "",
          // required when a storage medium was copied
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
            "purpose": ""
          }],
          "examiner": {
            "name": "",
            "post": "",
            "organisation": ""
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
            // optional · number of the authorisation
            "authorisation": ""
          },
          // optional · what happened before, in order of time; the last event, ATTACHED, is added
          "custody": [{
            // SEIZED, ACQUIRED, SEALED, RECEIVED_BY_LAB, EXAMINED …
            "event": "",
            "time": "",
            "place": "",
            "actor": {
              "name": "",
              // id of the authority: XB-LAB
              "authority": ""
            },
            "reason": "",
            // optional · SHA-256 of the content
            "hashBefore": "",
            "hashAfter": ""
          }]
        }

        """;

    private static string Words<TEnum>() where TEnum : struct, Enum => string.Join(" | ", Enum.GetNames<TEnum>());
}
