import { type Instance, readInstance } from "../../../schema/machine/instance.ts";

/** `GROWQR_TEST` names the tests of another checkout, so that two run side by side on one machine. */
const prefix = process.env.GROWQR_TEST ?? "test";
/** The instances of a part of `npm test`: one, or one for each file that runs at the same time. */
export const partsOf = {
  schema: ["doubles"],
  app: ["app", "app-2", "app-3"],
  edge: ["edge", "edge-2"],
  actors: ["actors", "actors-2", "actors-3"],
  "agent-host": ["host", "host-2", "host-3"],
  stories: ["stories"],
  compose: ["compose"],
  e2e: ["e2e"],
  faults: ["faults", "faults-2", "faults-3", "faults-4"],
  /** A product that one file of `faults` brings up itself: its machine is smaller than the others'. */
  alone: ["line"],
} as const;
export type TestPart = (typeof partsOf)[keyof typeof partsOf][number];
const parts: TestPart[] = Object.values(partsOf).flat();

/** The instance on which one part's tests run. */
export const testInstance = (part: TestPart): Instance => readInstance(`${prefix}-${part}`);
const atOnce = [...Object.values(partsOf), [...partsOf.faults, ...partsOf.alone]];
for (const partNames of atOnce)
  if (new Set(partNames.map((part) => testInstance(part).slot)).size < partNames.length)
    throw new Error(`GROWQR_TEST=${prefix}: two of its instances would have the same ports, choose another name`);
/** The one on which `npm run bench` runs. */
export const benchInstance = readInstance(prefix === "test" ? "bench" : `${prefix}-bench`);

/** Names of the instances that a project's tests bring up; none where they need none. */
export const instancesOf = (project: string): string[] =>
  Object.entries(partsOf).flatMap(([name, instance]) => (name === project ? instance.map((part) => testInstance(part).name) : []));
/** Every instance that a test or a bench brings up. */
export const testInstances = [...parts.map((part) => testInstance(part).name), benchInstance.name];
