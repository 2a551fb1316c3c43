import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { removeStalePids } from "../../local/machine.ts";
import { ownFolder } from "../fixtures.ts";

const folder = ownFolder();
const files = ["docker.pid", "docker/containerd/containerd.pid"];

test("Docker's file of a process that is another one by now, or none, goes; one of Docker's own stays", () => {
  mkdirSync(path.join(folder, "docker/containerd"), { recursive: true });
  const left = (pid: string) => {
    for (const file of files) writeFileSync(path.join(folder, file), pid);
    removeStalePids(folder);
    return files.filter((file) => existsSync(path.join(folder, file)));
  };
  expect([left(`${process.pid}\n`), left("999999999"), left("../1"), left("")]).toEqual([[], [], [], []]);
  removeStalePids(folder); // where there are none
  const dockerd = "/var/run/docker.pid";
  if (existsSync(dockerd)) expect(left(readFileSync(dockerd, "utf8"))).toEqual(["docker.pid"]);
});
