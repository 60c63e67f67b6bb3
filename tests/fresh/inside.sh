#!/usr/bin/env bash
# Runs a command in a root, as init of a namespace of its own: its mounts and processes end with it, however it ends.
#
#   tests/fresh/inside.sh ROOT COMMAND...       as root, and within: unshare --mount --pid --fork --kill-child
#
# Within are the machine's kernel and network, and nothing of its files and its environment. It is no chroot, for there
# the kernel refuses the user namespaces that some tests make.
set -euo pipefail
root=$1
shift

mount --rbind "$root" "$root"
cd "$root"
mount -t proc proc proc
mount --rbind /sys sys
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
    touch "dev/$device"
    mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
mount -t tmpfs tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd

pivot_root . . # the old root lies over the new one now
umount --lazy .
cd /
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb "$@"
