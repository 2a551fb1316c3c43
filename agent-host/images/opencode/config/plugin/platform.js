// Root-owned and without imports, so nothing is installed and no agent can change it.
// What the server knows about its surroundings does not reach the commands an agent runs.
const hidden = ["OPENCODE_SERVER_PASSWORD", "GROWQR_BOX_TOKEN", "OPENCODE_CONFIG_CONTENT"];

/**
 * OpenCode asks about the commands that its own reader finds in a line. In `[ -v 'x[$(id)]' ]`, `((…))` or `> file` it finds none, and runs them unasked.
 * With a command of ours on a line before, every line is asked; the platform takes it off again before it judges (`schema/permission.ts`).
 */
const mark = ":\n";
/** OpenCode doesn't say in which folder a command is to run: so the command says it, and is judged with it. */
const entering = (folder) => `cd -- '${folder.replaceAll("'", "'\\''")}' || exit 1\n`;

export const Platform = async ({ directory }) => ({
  "tool.execute.before": async ({ tool }, { args }) => {
    if (tool !== "bash" || typeof args.command !== "string") return;
    const elsewhere = typeof args.workdir === "string" && args.workdir !== directory;
    args.command = `${mark}${elsewhere ? entering(args.workdir) : ""}${args.command}`;
    delete args.workdir;
  },
  // The model reads its own commands as it gave them.
  "experimental.chat.messages.transform": async (_input, { messages }) => {
    for (const { state, tool } of messages.flatMap(({ parts }) => parts))
      if (tool === "bash" && state?.input?.command?.startsWith(mark)) state.input.command = state.input.command.slice(mark.length);
  },
  "shell.env": async (_input, output) => {
    for (const name of hidden) output.env[name] = "";
  },
});
