// Root-owned and without imports from npm, so nothing is installed and no agent can change it.
import { readlinkSync, realpathSync } from "node:fs";
import path from "node:path";

/**
 * OpenCode asks about the commands that its own reader finds in a line. In `[ -v 'x[$(id)]' ]`, `((…))` or
 * `> file` it finds none, and runs the line unasked. With a command of ours before it, every line is asked.
 * The platform takes that command off again before it judges (`schema/approval/permission.ts`).
 */
const mark = ":\n";
/** OpenCode does not say in which folder a command is to run: the command says it, and is judged with it. */
const entering = (folder) => `cd -- '${folder.replaceAll("'", "'\\''")}' || exit 1\n`;

function markCommand(args, directory) {
  if (typeof args.command !== "string") return;
  const elsewhere = typeof args.workdir === "string" && args.workdir !== directory;
  args.command = `${mark}${elsewhere ? entering(args.workdir) : ""}${args.command}`;
  delete args.workdir;
}

/**
 * The server's own folder: conversations, permissions, cache. The server's file tools have its rights, so a
 * link that leads there is refused.
 */
const serverFolder = process.env.GROWQR_STATE;
const readable = path.join(serverFolder, "data/opencode/tool-output");
const within = (folder, place) => place === folder || place.startsWith(`${folder}/`);

/**
 * Where a path leads, also where its end is not there yet: a link to what is not there is followed too.
 * `links`: so many may still be followed, as the kernel counts them. How many folders it names is not
 * counted: a text that is no path may hold many slashes.
 */
function leadsTo(place, links = { left: 40 }) {
  try {
    return realpathSync(place);
  } catch {
    const parent = path.dirname(place);
    if (parent === place) return place;
    const folder = leadsTo(parent, links);
    const target = linkAt(path.join(folder, path.basename(place)));
    if (target === undefined) return path.join(folder, path.basename(place));
    if (links.left-- === 0) throw new Error("This path has too many links.");
    return leadsTo(path.resolve(folder, target), links);
  }
}
function linkAt(place) {
  try {
    return readlinkSync(place);
  } catch {
    return undefined; // no link, or nothing
  }
}

/** Every text among a tool's arguments that could be a path, and the paths of a patch. */
function texts(value) {
  if (typeof value === "string")
    return [
      value,
      ...[...value.matchAll(/^\*\*\* (?:Add|Update|Delete) File: (.+)$|^\*\*\* Move to: (.+)$/gm)].map((found) =>
        (found[1] ?? found[2]).trim(),
      ),
    ];
  return value && typeof value === "object" ? Object.values(value).flatMap(texts) : [];
}

export const Platform = async ({ directory }) => ({
  "tool.execute.before": async (input, output) => {
    if (input.tool === "bash") {
      markCommand(output.args, directory);
      return; // its commands are closed to that folder by the kernel
    }
    for (const text of texts(output.args)) {
      if (text.length > 4096 || text.includes("\0")) continue;
      const place = leadsTo(path.resolve(directory, text));
      if (within(serverFolder, place) && !(input.tool === "read" && within(readable, place)))
        throw new Error("This folder belongs to the platform.");
    }
  },
  // The model reads its own commands as it gave them.
  "experimental.chat.messages.transform": async (_input, { messages }) => {
    for (const { state, tool } of messages.flatMap(({ parts }) => parts))
      if (tool === "bash" && state?.input?.command?.startsWith(mark)) state.input.command = state.input.command.slice(mark.length);
  },
});
