import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test, vi } from "vitest";
import type { ImageStates } from "../../../agent-host/host-images.ts";
import { tellImages } from "../../local/docker/images.ts";
import { ownFolder } from "../fixtures.ts";
import { limit } from "../suite/limit.ts";

/** What `npm start` says of the images that the daemon of a folder prepares. */
const folder = ownFolder();
const write = (states: ImageStates) => writeFileSync(path.join(folder, "images.json"), JSON.stringify(states));
const ready = { state: "ready", since: 1 } as const;
const preparing = { state: "preparing", line: "compiling it", since: 1 } as const;
const failed = { state: "failed", reason: "no network", since: 1_000, retryAt: 6_000 } as const;
const goesOn = new AbortController().signal;

test("npm start says that images are built behind it, each failure once, and when they are there", async () => {
  const lines: string[] = [];
  write({ gitea: preparing, opencode: preparing });
  const told = tellImages(folder, (line) => lines.push(line), goesOn);
  expect(lines).toEqual([expect.stringMatching(/^container images are being built behind it/)]);
  write({ gitea: failed, opencode: ready });
  await vi.waitFor(() => expect(lines.at(-1)).toBe("Building Gitea's image failed: no network. It is tried again after 5 s."), {
    timeout: limit(5_000),
  });
  write({ gitea: { ...preparing, line: "compiling it again" }, opencode: ready });
  write({ gitea: ready, opencode: ready });
  await told;
  expect(lines.slice(2)).toEqual([expect.stringMatching(/^container images are here \(\d\.\d s after the start\)$/)]);
});

test("it says nothing where both are there already, and no more once it stops", async () => {
  const lines: string[] = [];
  write({ gitea: ready, opencode: ready });
  await tellImages(folder, (line) => lines.push(line), goesOn);
  expect(lines).toEqual([]);
  write({ gitea: preparing, opencode: ready });
  const stop = new AbortController();
  const told = tellImages(folder, (line) => lines.push(line), stop.signal);
  stop.abort();
  await told;
  expect(lines).toHaveLength(1);
});
