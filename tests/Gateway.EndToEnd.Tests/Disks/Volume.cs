namespace Gateway.EndToEnd.Tests.Disks;

/// <summary>A small file system for one data folder, full or broken on demand.</summary>
internal sealed class Volume : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-volume-").FullName;
    private readonly string? _image;

    private readonly int _megabytes;

    private Volume(string? image, int megabytes = 8)
    {
        (_image, _megabytes) = (image, megabytes);
        Mount();
    }

    /// <summary>For the data folder, which init makes.</summary>
    public string DataFolder => Path.Combine(_folder, "data");

    private string Filler => Path.Combine(_folder, "filler");

    /// <summary>In memory; full after a few MiB.</summary>
    public static Volume Small(int megabytes = 8) => new(null, megabytes);

    /// <summary>ext4 in a file, with errors=remount-ro.</summary>
    public static Volume OnImage()
    {
        var image = Path.GetTempFileName();
        Shell($"PATH=$PATH:/sbin:/usr/sbin; truncate -s 48M {image} && mkfs.ext4 -q -F {image}");
        return new Volume(image);
    }

    /// <summary>Takes all space that is left.</summary>
    public void Fill() => Repository.Run("dd", "if=/dev/zero", $"of={Filler}", "bs=4k", "oflag=append", "conv=notrunc");

    public void Free() => File.Delete(Filler);

    /// <summary>What the kernel does on an I/O error of the file system's own: read-only at once, under whoever has files open.</summary>
    public void BecomeReadOnly() => Shell($"device=$(findmnt -no SOURCE {_folder}) && case $device in /dev/loop*) echo 1 > /sys/fs/ext4/${{device#/dev/}}/trigger_fs_error ;; *) exit 1 ;; esac");

    /// <summary>What an administrator does then; nobody may use it meanwhile.</summary>
    public void Repair()
    {
        Shell($"PATH=$PATH:/sbin:/usr/sbin; umount {_folder}; fsck.ext4 -p {_image}; [ $? -le 1 ]");
        Mount();
    }

    public void Dispose()
    {
        Shell($"umount {_folder}");
        Directory.Delete(_folder);
        if (_image is not null)
            File.Delete(_image);
    }

    private void Mount() => Shell(_image is null ? $"mount -t tmpfs -o size={_megabytes}m,mode=700 none {_folder}" : $"mount -o loop,errors=remount-ro {_image} {_folder}");

    private static void Shell(string command)
    {
        var (code, _, error) = Repository.Run("bash", "-c", command);
        if (code != 0)
            throw new InvalidOperationException($"{command}: {error}");
    }
}
