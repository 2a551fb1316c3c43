import { expect, test } from "vitest";
import { listLimitFiles, readCpuList } from "../../../../agent-host/run/room/disguise.ts";

test("processors are read as the kernel lists them", () => {
  expect(readCpuList("0-2,4,6-7\n")).toEqual([0, 1, 2, 4, 6, 7]);
  expect(readCpuList("3")).toEqual([3]);
});
test("limits are said as both versions of control groups say them, and where there is none", () => {
  const limits = listLimitFiles({ Memory: 2 ** 31, NanoCpus: 1.5e9, PidsLimit: 256 });
  expect(limits).toMatchObject({
    "/sys/fs/cgroup/memory.max": "2147483648",
    "/sys/fs/cgroup/cpu.max": "150000 100000",
    "/sys/fs/cgroup/pids/pids.max": "256",
    "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "150000",
  });
  expect(Object.values(listLimitFiles({})).join(" ")).toBe("max max max 100000 9223372036854771712 9223372036854771712 max -1");
});
