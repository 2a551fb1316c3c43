import { formatCount } from "../ui/format.ts";
import type { OfferedPlan } from "./plan-choice.ts";

/** Where the plans stand on the page: what links to them goes there. */
export const plansPlace = "plans";

const inGb = (mb: number) => `${Math.round(mb / 1_024)} GB`;
export const formatMb = (mb: number): string => (mb < 1_024 ? `${mb} MB` : inGb(mb));
/** What a plan allows: the same names and words for a plan that is offered and for the one that is there. */
type Limits = Omit<OfferedPlan, "plan" | "title" | "price" | "days" | "stacks" | "modelMicros">;
export const planFacts: readonly { name: string; show: (limits: Limits) => string }[] = [
  { name: "Agents at once", show: ({ agents }) => String(agents) },
  { name: "Processors", show: ({ cpus }) => String(cpus) },
  { name: "Memory", show: ({ memoryMb }) => inGb(memoryMb) },
  { name: "Disk", show: ({ diskMb }) => inGb(diskMb) },
  { name: "Internet a day", show: ({ egressMb }) => inGb(egressMb) },
  { name: "Domains a project", show: ({ domains }) => formatCount(domains) },
  { name: "Projects online", show: ({ apps }) => String(apps) },
  { name: "Data of each", show: ({ appDataMb }) => formatMb(appDataMb) },
  { name: "Without visitors", show: ({ appsAwake }) => (appsAwake ? "they stay up" : "they sleep until one comes") },
  { name: "Support", show: ({ supportDays }) => (supportDays === 1 ? "in a working day" : `in ${supportDays} working days`) },
];
