package engine

import "golang.org/x/sys/unix"

// silent are file systems that tell nobody of what another machine, or the host
// of this one, writes to them, by their names: statfs(2).
var silent = map[int64]string{
	unix.NFS_SUPER_MAGIC:  "NFS",
	unix.SMB_SUPER_MAGIC:  "SMB",
	unix.SMB2_SUPER_MAGIC: "SMB",
	unix.CIFS_SUPER_MAGIC: "SMB",
	unix.FUSE_SUPER_MAGIC: "FUSE", // sshfs, mounts of Docker Desktop
	unix.V9FS_MAGIC:       "9P",   // of virtual machines and WSL
	unix.CEPH_SUPER_MAGIC: "Ceph",
	unix.AFS_SUPER_MAGIC:  "AFS",
	unix.CODA_SUPER_MAGIC: "Coda",
	0x786f4256:            "a shared folder of VirtualBox", // VBOXSF_SUPER_MAGIC
	// What is written to the layer below of an overlay is told to nobody.
	unix.OVERLAYFS_SUPER_MAGIC: "an overlay",
}

// silentFileSystem names the file system that a folder is on, where not every
// change of it is told; "" where it is.
func silentFileSystem(dir string) string {
	var fs unix.Statfs_t
	if unix.Statfs(dir, &fs) != nil {
		return ""
	}
	return silent[int64(uint32(fs.Type))]
}
