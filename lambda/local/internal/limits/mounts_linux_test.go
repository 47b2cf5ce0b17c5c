package limits

import (
	"os"
	"path/filepath"
	"testing"
)

// Lines as in proc_pid_mountinfo(5) and cgroups(7).
func TestReadMounts(t *testing.T) {
	for _, c := range []struct {
		name, cgroup, mountinfo string
		cpu, memory, unified    string // own folders; empty: not there
	}{
		{
			name:   "version 1, with a unified hierarchy beside it",
			cgroup: "4:memory:/user.slice/a b\n2:cpu,cpuacct:/user.slice\n1:name=systemd:/x\n0::/x\n",
			mountinfo: "25 20 0:22 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n" +
				"30 25 0:26 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct\n" +
				`31 25 0:27 / /sys/fs/cgroup/my\040memory rw - cgroup cgroup rw,memory` + "\n" +
				"32 25 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate\n",
			cpu: "/sys/fs/cgroup/cpu,cpuacct/user.slice", memory: "/sys/fs/cgroup/my memory/user.slice/a b", unified: "/sys/fs/cgroup/unified/x",
		}, {
			name:      "version 2",
			cgroup:    "0::/user.slice/user-1000.slice/session-2.scope\n",
			mountinfo: "30 25 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n",
			unified:   "/sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope",
		}, {
			name:      "a container that sees its part of the hierarchy",
			cgroup:    "2:cpu:/docker/abc/inner\n4:memory:/docker/abc\n",
			mountinfo: "30 25 0:26 /docker/abc /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n31 25 0:27 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
			cpu:       "/sys/fs/cgroup/cpu/inner", memory: "/sys/fs/cgroup/memory",
		}, {
			name:      "a mount of another part",
			cgroup:    "2:cpu:/docker/abcdef\n4:memory:/../outside\n",
			mountinfo: "30 25 0:26 /docker/abc /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n31 25 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
		}, {
			name: "none", cgroup: "", mountinfo: "25 20 0:22 / / rw - ext4 /dev/vda rw\nnonsense\n",
		},
	} {
		proc := t.TempDir()
		for name, content := range map[string]string{"cgroup": c.cgroup, "mountinfo": c.mountinfo} {
			if err := os.WriteFile(filepath.Join(proc, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		list, err := readMounts(proc)
		if err != nil {
			t.Fatal(err)
		}
		check := func(what, want string, m mount, err error) {
			if m.own != want || (err == nil) != (want != "") {
				t.Errorf("%s: %s: got %q, %v, want %q", c.name, what, m.own, err, want)
			}
		}
		m, err := list.v1("cpu")
		check("cpu", c.cpu, m, err)
		m, err = list.v1("memory")
		check("memory", c.memory, m, err)
		m, err = list.v2()
		check("unified", c.unified, m, err)
	}
}
