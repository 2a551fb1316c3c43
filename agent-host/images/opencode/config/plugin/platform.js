// Root-owned and without imports, so nothing is installed and no agent can change it.
// What the server knows about its surroundings does not reach the commands an agent runs.
const hidden = ["OPENCODE_SERVER_PASSWORD", "GROWQR_BOX_TOKEN", "OPENCODE_CONFIG_CONTENT"];

export const Platform = async () => ({
  "shell.env": async (_input, output) => {
    for (const name of hidden) output.env[name] = "";
  },
});
