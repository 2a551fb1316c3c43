import { z } from "zod";
import { dockerName, pairAddresses } from "../../schema/machine/instance.ts";
import type { Tier } from "../../schema/stack/stack.ts";
import { type Id, id } from "../../schema/wire/id.ts";
import { ifFound } from "../docker.ts";
import type { Host } from "../host.ts";
import { readPart } from "./apply.ts";
import type { PartState, SeenStack } from "./stack-plan.ts";

type LabelledObject = { name: string; stack: string; part: string; state: PartState };

const labelsShape = z.record(z.string(), z.string());
function describeObject(name: string, raw: unknown, state: PartState): LabelledObject {
  const found = labelsShape.catch({}).parse(raw);
  return { name: name.replace(/^\//, ""), stack: found["growqr.stack"] ?? "", part: found["growqr.part"] ?? "", state };
}

/** All that bears this instance's label. What does not is never seen. */
async function listObjects(host: Host): Promise<LabelledObject[]> {
  const filters = { label: [`growqr.instance=${host.instance.label}`] };
  const { docker, call } = host.engine;
  const [containers, networks, volumes] = await Promise.all([
    call("list containers", docker.listContainers({ all: true, filters })),
    call("list networks", docker.listNetworks({ filters })),
    call("list volumes", docker.listVolumes({ filters })),
  ]);
  return [
    ...containers.map((each) => describeObject(each.Names[0] ?? "", each.Labels, readPart(each.State))),
    ...networks.map((each) => describeObject(each.Name, each.Labels, "created")),
    ...(volumes.Volumes ?? []).map((each) => describeObject(each.Name, each.Labels, "created")),
  ];
}

/** What is there of each member in the ledger. One listing serves them all. */
export async function observeStacks(host: Host): Promise<Map<string, SeenStack>> {
  const objects = new Map((await listObjects(host)).map((each) => [each.name, each.state]));
  const seen = new Map<string, SeenStack>();
  for (const { member } of host.ledger.stacks()) {
    const name = (part: Parameters<typeof dockerName>[1]) => dockerName(host.instance, part, member);
    seen.set(member, {
      network: objects.has(name("network")),
      memory: objects.has(name("gitea-data")),
      workspace: objects.has(name("workspace")),
      gitea: objects.get(name("gitea")) ?? "absent",
      opencode: objects.get(name("opencode")) ?? "absent",
      writer: host.ledger.secret(member, "writer") !== undefined,
    });
  }
  return seen;
}

/** What bears the names of these members. */
export async function findLeftObjects(host: Host, members: readonly Id<"mem">[]): Promise<{ member: Id<"mem">; name: string }[]> {
  const objects = await listObjects(host);
  return members.flatMap((member) => objects.filter(({ name }) => name.includes(member)).map(({ name }) => ({ member, name })));
}

/** A stack that is on the machine and not in the ledger. */
export type UnknownStack = Parameters<Host["ledger"]["adopt"]>[0];
/** All such: names carry the member, labels the stack, the network's range the slot. */
export async function findUnknownStacks(host: Host): Promise<UnknownStack[]> {
  const known = new Set(host.ledger.stacks().map((row) => row.member));
  const objects = await listObjects(host);
  const found: UnknownStack[] = [];
  for (const network of objects.filter((each) => each.part === "network")) {
    const member = id("mem").safeParse(network.name.slice(-30));
    const stack = id("stk").safeParse(network.stack);
    if (!member.success || !stack.success || known.has(member.data)) continue;
    const slot = await slotOf(host, network.name);
    if (slot === undefined) continue;
    const states = objects.filter((each) => each.stack === network.stack).map((each) => each.state);
    found.push({ member: member.data, stack: stack.data, slot, tier: tierOf(states) });
  }
  return found;
}

function tierOf(states: PartState[]): Tier {
  if (states.includes("running")) return "running";
  return states.includes("paused") ? "paused" : "stopped";
}

const networkInfo = z.object({ IPAM: z.object({ Config: z.array(z.object({ Subnet: z.string() })) }) });
async function slotOf(host: Host, name: string): Promise<number | undefined> {
  const info = await host.engine.call("network inspect", ifFound(host.engine.docker.getNetwork(name).inspect()));
  const subnet = networkInfo.safeParse(info).data?.IPAM.Config[0]?.Subnet ?? "";
  const [, third, fourth] = /^\d+\.\d+\.(\d+)\.(\d+)\/29$/.exec(subnet) ?? [];
  if (third === undefined) return undefined;
  const slot = (Number(third) * 256 + Number(fourth)) / 8;
  return Number.isInteger(slot) && pairAddresses(host.instance, slot).subnet === subnet ? slot : undefined;
}
