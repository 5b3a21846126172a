using Gateway.Hosting;

return await new Commands(Console.Out, Console.Error, TimeProvider.System).Run(args);
