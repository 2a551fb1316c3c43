import { dockerName } from "../../schema/machine/instance.ts";
import type { StackLimits } from "../../schema/stack/stack.ts";
import type { Id } from "../../schema/wire/id.ts";
import { ifFound, ifNeeded, requireOurs } from "../docker.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { makeBoxLimits } from "./apply.ts";

/**
 * Gives a running box what its plan allows now, without a restart: a turn that runs goes on. Docker refuses
 * less memory than is in use; then the box keeps what it has until it is started next.
 */
async function applyNewLimits(host: Host, row: LedgerStackRow): Promise<void> {
  const container = host.engine.docker.getContainer(dockerName(host.instance, "opencode", row.member));
  const info = await host.engine.call("inspect", ifFound(container.inspect()));
  if (!info?.State.Running) return; // it gets them when it starts
  requireOurs(info.Config.Labels, host.instance.label, info.Name);
  const wanted = makeBoxLimits(host, row);
  const { Memory, NanoCpus, PidsLimit } = info.HostConfig;
  if (Memory === wanted.Memory && NanoCpus === wanted.NanoCpus && PidsLimit === wanted.PidsLimit) return;
  await host.engine.call("update", ifNeeded(container.update(wanted), 404));
}

/**
 * Brings a change of plan to the boxes that run. After a start of the daemon each box is compared once: the
 * daemon before may have died between its ledger and Docker.
 */
export class BoxLimits {
  readonly #compared = new Set<Id<"mem">>();
  note(host: Host, member: Id<"mem">, limits: StackLimits): void {
    const changed = host.ledger.limit(member, limits);
    const row = host.ledger.stack(member);
    if (!row || (!changed && this.#compared.has(member))) return;
    this.#compared.add(member);
    applyNewLimits(host, row).catch((error: unknown) =>
      host.log("warn", "a box gets its new limits when it starts next", { member, error }),
    );
  }
}
