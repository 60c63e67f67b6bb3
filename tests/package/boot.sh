#!/bin/sh
# Becomes a systemd that is the first process of a throw-away root: the machine's own under an overlay in memory.
#
#   unshare --mount --uts --ipc --net --pid --cgroup --fork --kill-child boot.sh FOLDER unified|hybrid
#
# What a systemd could do to the machine it cannot do here: /proc/sys and /sys are read-only, of cgroups it sees its own
# branch and no controllers, and no unit starts but those of basic.target, less the ones that are the machine's affair.
set -e
folder=$1 cgroups=$2 root=$1/root

mount --make-rprivate /
mount -t tmpfs tmpfs "$folder"
mkdir "$folder/upper" "$folder/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" "$root"

mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,ro,bind "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
if [ "$cgroups" = unified ]; then
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
else
    mount -t tmpfs tmpfs "$root/sys/fs/cgroup"
    mkdir "$root/sys/fs/cgroup/systemd" "$root/sys/fs/cgroup/unified"
    mount -t cgroup -o none,name=systemd,xattr cgroup "$root/sys/fs/cgroup/systemd"
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup/unified"
fi

mount -t tmpfs tmpfs "$root/run"
head -n 1 /proc/cgroups >"$root/run/cgroups"
mount --bind "$root/run/cgroups" "$root/proc/cgroups"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o ptmxmode=666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
mount -t tmpfs tmpfs "$root/dev/shm"

rm -rf "$root/etc/systemd/system"
mkdir -p "$root/etc/systemd/system"
for unit in udevd modules-load sysctl timesyncd resolved logind tmpfiles-setup tmpfiles-setup-dev; do
    ln -s /dev/null "$root/etc/systemd/system/systemd-$unit.service"
done
rm -f "$root/usr/sbin/policy-rc.d"         # of containers: it forbids every start
rm -f "$root/var/lib/man-db/auto-update"   # an index of all manual pages takes longer than all else

mkdir "$root/mnt/machine"
cd "$root"
pivot_root . mnt/machine
umount -l /mnt/machine
rmdir /mnt/machine
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --unit=basic.target --show-status=no
