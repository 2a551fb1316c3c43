import type { Host } from "../host.ts";
import type { UnknownStack } from "../stack/observe.ts";
import { type LabelledApp, listAppObjects, readReleaseOf } from "./app-container.ts";
import type { AdoptedApp } from "./release-ledger.ts";

/**
 * Which release of each project serves, for stacks whose ledger was lost: what containers say of themselves.
 * (Of others a container without an app was being taken away.) Of those that run the oldest served, for the
 * next one may not have been switched to yet; of those that all ended, the one that was started last.
 */
export async function findUnknownApps(host: Host, stacks: readonly UnknownStack[]): Promise<AdoptedApp[]> {
  if (stacks.length === 0) return [];
  const groups = new Map<string, LabelledApp[]>();
  for (const object of await listAppObjects(host, "app")) {
    if (object.name.endsWith("-migrate")) continue;
    const key = `${object.stack} ${object.project}`;
    groups.set(key, [...(groups.get(key) ?? []), object]);
  }
  const adopted: AdoptedApp[] = [];
  for (const objects of groups.values()) {
    const [{ stack, project } = { stack: "", project: "" }] = objects;
    const member = stacks.find((row) => row.stack === stack)?.member;
    if (!member) continue;
    const found = (await Promise.all(objects.map((object) => readReleaseOf(host, object)))).filter((each) => each !== undefined);
    const byStart = found.sort((left, right) => (left.startedAt < right.startedAt ? 1 : -1));
    const serving = byStart.filter(({ running }) => running).at(-1) ?? byStart[0];
    if (!serving) continue;
    const before = byStart.find((each) => each !== serving && each.release.release < serving.release.release);
    const releases = [serving, ...(before ? [before] : [])].map(({ release }) => ({ member, ...release }));
    adopted.push({ member, project, current: serving.release.release, previous: before?.release.release ?? null, releases });
  }
  return adopted;
}
