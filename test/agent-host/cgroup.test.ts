import { expect, it } from "vitest";
import { share, treeOf } from "../../agent-host/cgroup.ts";

it("an agent may use all but what the others' servers and the platform's own commands need", () => {
  expect(share({ agents: 4, pids: 512 }, 2560)).toEqual({ pids: 256, memoryMb: 1206 });
  expect(share({ agents: 6, pids: 1024 }, 5632)).toEqual({ pids: 640, memoryMb: 3418 });
  expect(share({ agents: 8, pids: 256 }, 1024)).toEqual({ pids: 24, memoryMb: 120 }); // too little for all: equal parts
});

it("a container's groups are found where the kernel has one hierarchy each, several together, or one for all", () => {
  const each = "9:name=systemd:/docker/x\n8:pids:/docker/x\n4:memory:/docker/x\n2:cpu:/docker/x\n3:freezer:/docker/x\n0::/docker/x\n";
  const at = (name: string) => `/sys/fs/cgroup/${name}/docker/x`;
  expect(treeOf(each)).toEqual({ version: 1, folders: { pids: at("pids"), memory: at("memory"), cpu: at("cpu"), freezer: at("freezer") } });
  expect(treeOf(each.replace(":cpu:", ":cpu,cpuacct:"))).toMatchObject({ folders: { cpu: at("cpu,cpuacct") } });
  expect(treeOf("0::/system.slice/docker-x.scope\n")).toEqual({ version: 2, folder: "/sys/fs/cgroup/system.slice/docker-x.scope" });
  expect(() => treeOf("")).toThrow();
});
