using System.Text;
using Gateway.Verifier;

// Names are in any script; a console of Windows would show question marks instead.
Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

return VerifyCommand.Run(args, Console.Out, Console.Error, TimeProvider.System);
