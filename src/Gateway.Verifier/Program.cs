using Gateway.Verifier;

return VerifyCommand.Run(args, Console.Out, Console.Error, TimeProvider.System);
