import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { instance } from "../../schema/instance.ts";
import { ensureDocker } from "../local/docker.ts";
import { signIn } from "../local/identity.ts";
import { removeObjects } from "../local/objects.ts";
import { root } from "../local/process.ts";
import { readSettings } from "../local/settings.ts";
import { up } from "../local/up.ts";
import { type Figure, figure, type Series, table } from "./figures.ts";
import { actorOut, isEvent, member, now } from "./member.ts";
import { rawPair, rawServer } from "./raw.ts";
import { merge, type Subject, subject, turn } from "./stream.ts";

/** `npm run bench`: the product's figures beside the raw parts, in the same run on the same machine. */
const of = instance("bench");
const log = (line: string) => console.log(line);
const rounds = 5;
const many = 20;

// Every run begins with nothing: a member of an earlier one would be ready before it is provisioned.
rmSync(path.join(root, of.folder), { recursive: true, force: true });
await removeObjects(await ensureDocker(() => undefined), of);
const settings = { ...readSettings({}), GROWQR_INSTANCE: of.name, HOST_STACKS: String(many + 4) };
const product = await up(of, { settings, log });
const figures: Figure[] = [];
try {
  const provisioned: Series = [];
  const woken: Series = [];
  const subjects: Subject[] = [];
  const join = async (index: number): Promise<Subject> => {
    const one = await member(product.edgeUrl, await signIn(product.identityUrl!, `bench${index}@example.com`, `Bench ${index}`));
    const began = now();
    const actor = await one.provision();
    const stream = await one.events(actor.id);
    await stream.until(
      "ready",
      (arrival) => isEvent(arrival, "provision.step", (body) => body.step === "ready" && body.state === "done"),
      120_000,
    );
    provisioned.push(now() - began);
    await stream.close();
    return subject(one, actor.id, rawServer(of, actor.member, actor.id));
  };

  log("cold provision and wake, one at a time");
  const raw: { cold: number; wake: number }[] = [];
  for (let index = 0; index < 3; index++) {
    const made = await join(index);
    subjects.push(made);
    raw.push(await rawPair(`growqr-bench-raw-${index}`, { gitea: of.ports.spare, opencode: of.ports.spare + 1 }));
    const stopped = made.stream.seen.length;
    await made.member.call("POST", `/actors/${made.agent}/stop`, { scope: "stack" });
    await made.stream.until(
      "stopped",
      (arrival) => isEvent(arrival, "stack.state", (body) => body.observed === "stopped"),
      60_000,
      stopped,
    );
    const began = now();
    const from = made.stream.seen.length;
    await made.member.call("POST", `/actors/${made.agent}/start`, {});
    await made.stream.until(
      "woken",
      (arrival) => isEvent(arrival, "provision.step", (body) => body.step === "ready" && body.state === "done"),
      60_000,
      from,
    );
    woken.push(now() - began);
  }
  figures.push(
    figure(
      "cold provision, POST to ready",
      [...provisioned],
      raw.map((one) => one.cold),
    ),
  );
  figures.push(
    figure(
      "wake from stopped, POST to ready",
      woken,
      raw.map((one) => one.wake),
    ),
  );

  log(`one stream, ${rounds} turns`);
  // A wake starts a new OpenCode server: what the raw side reads must be of that one.
  const fresh = async (old: Subject) => {
    await Promise.all([old.stream.close(), old.rawStream.close()]);
    const { actor } = actorOut.parse(await old.member.call("GET", "/actors/me"));
    return subject(old.member, old.agent, rawServer(of, actor.member, old.agent));
  };
  for (const [index, old] of subjects.entries()) subjects[index] = await fresh(old);
  await turn(subjects[0]!, 20, 5); // the first turn of a server warms it up and is not counted
  const alone = [];
  for (let round = 0; round < rounds; round++) alone.push(await turn(subjects[0]!, 200, 10));
  const one = merge(alone);
  figures.push(figure("1 stream: prompt to first delta", one.first, one.rawFirst));
  figures.push(figure("1 stream: delay of a delta", one.delta, one.rawDelta));

  log(`${many} streams at once`);
  while (subjects.length < many) {
    const batch = Array.from({ length: Math.min(2, many - subjects.length) }, (_, index) => join(subjects.length + index));
    subjects.push(...(await Promise.all(batch)));
  }
  for (const each of subjects) await turn(each, 5, 5);
  const all = merge(await Promise.all(subjects.map((each) => turn(each, 100, 50))));
  figures.push(figure(`${many} streams: prompt to first delta`, all.first, all.rawFirst));
  figures.push(figure(`${many} streams: delay of a delta`, all.delta, all.rawDelta));
  for (const each of subjects) await Promise.all([each.stream.close(), each.rawStream.close()]);
  writeFileSync(path.join(product.folder, "figures.json"), `${JSON.stringify(figures, null, 2)}\n`);
} finally {
  await product.stop();
  await removeObjects(await ensureDocker(() => undefined), of);
}
console.log(`\n${table(figures)}\n`);
