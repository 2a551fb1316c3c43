import { useEffect } from "react";
import type { LiveLink } from "../../../edge/app/live/live-link.ts";
import { describePlace } from "../../../schema/stack/slot-line.ts";
import { newId } from "../../../schema/wire/id.ts";
import { SampleActor } from "../sample-actor.ts";

/**
 * Stands in the browser in the place of the stock client: a sample actor with as many messages as the
 * address asks for. The app itself is the real one.
 */
const actor = new SampleActor(Date.now() - 30 * 86_400_000);
const asked = (name: string, otherwise: number) => Number(new URLSearchParams(location.hash.slice(1)).get(name) ?? otherwise);
const messages = asked("messages", 10_000);
/** So many events of another channel after each answer: then a page of the log holds little of this one. */
const between = asked("between", 0);
const elsewhere = newId("chn");
const line = "The oven is warm at six and the first loaves come out at half past seven. ";

actor.types = Reflect.get(window, "sampleTypes") ?? [];
actor.repos = Reflect.get(window, "sampleRepos") ?? [];
const tasks = ["Build", "Try", "Review"].map((title) => ({ name: title.toLowerCase(), title, owner: "coding", dependsOn: [] }));
const cost = { expected: 1, most: 2 };
const plan = { planId: newId("pln"), title: "Bakery website", revision: 1, tasks, costMicros: cost, minutes: cost };
/** A plan above the messages that ends below them: its card stands where it was proposed. */
const planned = asked("planned", 0) > 0;
if (planned) actor.append("plan.state", { ...plan, state: "proposed" });
else if (asked("waits", 0) > 0) {
  // The first provision, whose machine is not prepared yet.
  actor.provision("network");
  actor.append("provision.step", { run: "run1", step: "network", state: "done", ms: 40 }, 40);
  actor.append("provision.step", {
    run: "run1",
    step: "image",
    state: "started",
    detail: "Building Gitea's image: compiling it",
    since: actor.at - 80_000,
  });
  actor.stack = { tier: "running", observed: "creating", provisioning: true, ready: false };
} else if (asked("place", 0) > 0) {
  // The first provision, for which no machine has a slot free.
  const place = asked("place", 0);
  actor.append("provision.step", { run: "run1", step: "entitlement", state: "done", ms: 3 }, 20);
  actor.append("provision.step", { run: "run1", step: "agent", state: "done", ms: 80 }, 80);
  const detail = `${describePlace(place)} in line for a machine`;
  actor.append("provision.step", { run: "run1", step: "placement", state: "started", detail, since: actor.at - 130_000, place }, 20);
  actor.stack = { tier: "running", observed: "creating", provisioning: true, ready: false, place };
} else actor.provision();
for (let n = 1; n <= messages / 2; n++) {
  const turnId = newId("trn");
  actor.append("message.sent", { messageId: newId("msg"), clientId: `sample-${n}`, text: `Question ${n}`, turnId }, 400_000);
  actor.append("turn.state", { turnId, state: "running" }, 100);
  const text = `**Answer ${n}.** ${line.repeat((n % 7) + 1)}${n % 9 === 0 ? "\n\n- one\n- two\n- three\n\n`npm test`" : ""}`;
  if (n % 3 === 0) {
    const call = { callId: `call-${n}`, tool: "read", verb: "Read", target: `notes/${n}.md` };
    actor.append("tool.call", { turnId, call: { ...call, state: "done", result: "12 lines", ms: 120 } }, 200);
  }
  actor.append("message.text", { turnId, partId: `part-${n}`, text }, 1_000);
  actor.append("turn.state", { turnId, state: "done", ms: 1_300 }, 10);
  for (let more = 0; more < between; more++)
    actor.append("turn.state", { turnId: newId("trn"), state: "done", ms: 1 }, 1).channel = elsewhere;
}
if (planned) actor.append("plan.state", { ...plan, state: "done" });
Object.assign(actor, Reflect.get(window, "sampleTeam") ?? {});
Object.assign(window, {
  sample: { actor, seqOf: (text: string) => actor.events.find((event) => JSON.stringify(event.body).includes(text))?.seq },
});

/**
 * As the SDK's hook does: each connection has a ticket of its own, and one that the page gives up, such as a
 * silent one, is followed by another.
 */
export default function LiveSocket({ link }: { link: LiveLink }): null {
  useEffect(() => {
    let isShown = true;
    let close: () => void = () => undefined;
    const open = () => {
      const socket = actor.connect();
      const dispose = async () => {
        await socket.dispose();
        if (isShown) open();
      };
      const opened = { ...socket, dispose };
      close = () => link.status(opened, "disconnected");
      link.opened(opened);
      const connected = () => link.status(opened, "connected");
      link.params().then(connected, (error: unknown) => console.warn("no ticket", error));
    };
    open();
    return () => {
      isShown = false;
      close();
    };
  }, [link]);
  return null;
}
