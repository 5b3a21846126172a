using Gateway.Rpc.Server;
using Grpc.AspNetCore.Server;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Grpc.AspNetCore.Server
{
    public interface IGrpcServerBuilder
    {
        Microsoft.Extensions.DependencyInjection.IServiceCollection Services { get; }
    }
}

namespace Microsoft.Extensions.DependencyInjection
{
    public static class GrpcServicesExtensions
    {
        public static IGrpcServerBuilder AddGrpc(this IServiceCollection services)
        {
            ArgumentNullException.ThrowIfNull(services);
            services.AddRouting();
            services.AddOptions();
            services.TryAddSingleton<UnimplementedRoutes>();
            return new GrpcServerBuilder(services);
        }

        public static IGrpcServerBuilder AddGrpc(this IServiceCollection services, Action<GrpcServiceOptions> configureOptions)
        {
            ArgumentNullException.ThrowIfNull(services);
            services.Configure(configureOptions);
            return services.AddGrpc();
        }

        public static IGrpcServerBuilder AddServiceOptions<TService>(this IGrpcServerBuilder grpcBuilder, Action<GrpcServiceOptions<TService>> configure)
            where TService : class
        {
            ArgumentNullException.ThrowIfNull(grpcBuilder);
            grpcBuilder.Services.TryAddEnumerable(ServiceDescriptor.Transient<IConfigureOptions<GrpcServiceOptions<TService>>, GlobalOptionsCopy<TService>>());
            grpcBuilder.Services.Configure(configure);
            return grpcBuilder;
        }

        private sealed record GrpcServerBuilder(IServiceCollection Services) : IGrpcServerBuilder;

        private sealed class GlobalOptionsCopy<TService>(IOptions<GrpcServiceOptions> global) : IConfigureOptions<GrpcServiceOptions<TService>>
            where TService : class
        {
            public void Configure(GrpcServiceOptions<TService> options)
            {
                options.MaxSendMessageSize = global.Value.MaxSendMessageSize;
                options.MaxReceiveMessageSize = global.Value.MaxReceiveMessageSize;
                options.EnableDetailedErrors = global.Value.EnableDetailedErrors;
                options.ResponseCompressionAlgorithm = global.Value.ResponseCompressionAlgorithm;
                options.ResponseCompressionLevel = global.Value.ResponseCompressionLevel;
            }
        }
    }
}
