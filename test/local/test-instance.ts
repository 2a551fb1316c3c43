import { type Instance, instance } from "../../schema/instance.ts";

/** `GROWQR_TEST` names the tests of another checkout, so that two run side by side on one machine. */
const prefix = process.env.GROWQR_TEST ?? "test";
const parts = ["edge", "actors", "host", "e2e", "faults", "doubles"] as const;

/** The instance on which one part's tests run. */
export const testInstance = (part: (typeof parts)[number]): Instance => instance(`${prefix}-${part}`);
/** The one on which `npm run bench` runs. */
export const benchInstance = instance(prefix === "test" ? "bench" : `${prefix}-bench`);

/** Every instance that a test or a bench brings up. */
export const testInstances = [...parts.map((part) => testInstance(part).name), benchInstance.name];
