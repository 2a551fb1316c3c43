import { box } from "../schema/stack.ts";
import type { AgentRow } from "./ledger.ts";

const gateway = `http://${box.gatewayHost}:8080`;
const model = `${box.provider}/${box.model}`;

/** OpenCode's configuration for one agent: one provider and one tool server, both behind the host's gateway; nothing from outside. */
export function openCodeConfig(prompt: string) {
  return {
    $schema: "https://opencode.ai/config.json",
    autoupdate: false,
    share: "disabled",
    snapshot: false,
    lsp: false,
    formatter: false,
    model,
    small_model: model,
    default_agent: box.openCodeAgent,
    enabled_providers: [box.provider],
    provider: {
      [box.provider]: {
        npm: "@ai-sdk/openai-compatible",
        name: "GrowQR",
        options: { baseURL: `${gateway}/ai/v1`, apiKey: "{env:GROWQR_BOX_TOKEN}", timeout: 600_000 },
        models: { [box.model]: { name: "Grow", tool_call: true, limit: { context: 128_000, output: 16_384 } } },
      },
    },
    permission: { "*": "allow", external_directory: "deny", webfetch: "deny", websearch: "deny", question: "deny" },
    agent: {
      [box.openCodeAgent]: { mode: "primary", description: "The member's Grow Agent", prompt, model },
      build: { disable: true },
      plan: { disable: true },
      title: { disable: true },
    },
    mcp: {
      [box.mcp]: {
        type: "remote",
        url: `${gateway}/mcp`,
        enabled: true,
        oauth: false,
        headers: { Authorization: "Bearer {env:GROWQR_BOX_TOKEN}" },
        timeout: 25_000,
      },
    },
  };
}

const off = ["MODELS_FETCH", "AUTOUPDATE", "SHARE", "LSP_DOWNLOAD", "DEFAULT_PLUGINS", "CLAUDE_CODE", "PROJECT_CONFIG", "FFF"];

/** The environment of one agent's server. The three secrets in it are blanked by our plugin for every command the agent runs. */
export function serverEnv(row: AgentRow): string[] {
  const home = box.agentHome(row.agent);
  const own = [box.gatewayHost, box.gitHost, "localhost", "127.0.0.1"].join(",");
  const env: Record<string, string> = {
    HOME: home,
    USER: `agent${row.seat}`,
    SHELL: "/bin/bash",
    LANG: "C.UTF-8",
    TMPDIR: `${home}/.tmp`,
    XDG_CONFIG_HOME: "/opt/growqr/xdg",
    XDG_DATA_HOME: `${home}/.local/share`,
    XDG_STATE_HOME: `${home}/.local/state`,
    XDG_CACHE_HOME: `${home}/.cache`,
    OPENCODE_CONFIG_DIR: "/opt/growqr/config",
    OPENCODE_CONFIG_CONTENT: JSON.stringify(openCodeConfig(row.prompt)),
    OPENCODE_SERVER_PASSWORD: row.password,
    GROWQR_BOX_TOKEN: row.box_token,
    OPENCODE_EXPERIMENTAL_DISABLE_FILEWATCHER: "1",
    GIT_TERMINAL_PROMPT: "0",
    https_proxy: `http://${box.gatewayHost}:8081`,
    HTTPS_PROXY: `http://${box.gatewayHost}:8081`,
    no_proxy: own,
    NO_PROXY: own,
    ...Object.fromEntries(off.map((name) => [`OPENCODE_DISABLE_${name}`, "1"])),
  };
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}
