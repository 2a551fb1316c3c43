import { type ApprovalSubject, deployPrefix, repairPrefix } from "./approval.ts";
import { type Effect, effectsOfSubject } from "./effect.ts";

type Asked = { subject: ApprovalSubject; title: string; effects?: readonly Effect[] | undefined };

/**
 * What a yes would bring about, for somebody who reads no commands: what happens, who would see it, and
 * whether it can be undone. It says less than the thing itself, which stands beside it, and nothing else.
 */
export type Consequence = { what: string; seen: string; undo: string };

const nobody = "You and your agents, who see the project.";
const byGit = "Yes: every earlier version is kept.";
const known: Record<string, (object: string) => Consequence> = {
  push: (to) =>
    to === "main"
      ? {
          what: "Its work becomes the current version of the project.",
          seen: `${nobody} It goes online only by another yes.`,
          undo: byGit,
        }
      : to === "tags"
        ? { what: "The work so far gets a version number.", seen: nobody, undo: "Yes: a version can be taken away again." }
        : { what: `Its work is kept in the project under the name “${to}”.`, seen: nobody, undo: byGit },
  publish: () => ({
    what: "A package is published where everybody finds it.",
    seen: "Everybody on the internet.",
    undo: "Hardly: what was published once is copied.",
  }),
  reach: (host) => ({
    what: `It talks to ${host} on the internet.`,
    seen: `Whoever runs ${host} sees what is sent there.`,
    undo: "What was sent can't be taken back. That it may go there can, under Rules.",
  }),
  change: (path) => ({
    what: `The file ${path} is changed, as shown below.`,
    seen: nobody,
    undo: "Yes, as long as the old text is kept somewhere.",
  }),
  deploy: (project) => ({
    what: `${project} runs at its address as it is now, in place of what runs there.`,
    seen: "You alone, or everybody where you have published it.",
    undo: "Yes: it can be taken offline, or what ran before put back, in one press.",
  }),
  use: ofOperation,
  run: () => ({
    what: "It runs the command below. What that does can't be told beforehand.",
    seen: "It runs in your agent's own box, which reaches only what you allow.",
    undo: "Files of the project, yes. Anything else the command does may stay.",
  }),
};
function ofOperation(operation: string): Consequence {
  const [, service, host] = /^service:([^/]+)\/.* at https?:\/\/(.+)$/.exec(operation) ?? [];
  if (service !== undefined)
    return {
      what: `It asks the service ${service} to do something for you.`,
      seen: `Whoever runs ${host} sees what is sent there.`,
      undo: `That depends on ${service}.`,
    };
  if (operation.startsWith("files:"))
    return {
      what: "It reads or changes files outside of its own folder.",
      seen: nobody,
      undo: "What it reads stays read; changes there are not kept by Git.",
    };
  return {
    what: "It uses something that its kind of agent may not use by itself.",
    seen: "That depends on what it is.",
    undo: "That can't be told beforehand.",
  };
}

const most = 3;
/** Nothing for what is told in its own words: a question, a conflict, a budget, a repair. */
export function describeConsequences({ subject, effects = effectsOfSubject(subject) }: Asked): Consequence[] {
  const told = subject.kind === "command" || subject.kind === "diff" || subject.kind === "operation";
  if (!told || (subject.kind === "operation" && subject.operation.startsWith(repairPrefix))) return [];
  const all = effects.flatMap((effect) => {
    const colon = effect.indexOf(":");
    const describe = known[effect.slice(0, colon)];
    return describe ? [describe(effect.slice(colon + 1))] : [];
  });
  return all.filter(({ what }, at) => all.findIndex((other) => other.what === what) === at).slice(0, most);
}
/**
 * Whether the thing itself may stand folded: all that it does is known, and said before it. A push is known by
 * its title too, which says where it goes only when that is its own project.
 */
export function isToldWhole({ subject, title, effects = effectsOfSubject(subject) }: Asked): boolean {
  if (subject.kind === "operation") return subject.operation.startsWith(deployPrefix) || subject.operation.startsWith("network:");
  return (
    subject.kind === "command" &&
    title.startsWith("Push ") &&
    effects.length > 0 &&
    effects.length <= most &&
    effects.every((effect) => /^push:/.test(effect))
  );
}
