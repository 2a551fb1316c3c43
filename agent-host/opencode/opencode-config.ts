import type { Config } from "@opencode-ai/sdk/v2/types";
import { box } from "../../schema/stack/stack.ts";
import { type Bounds, type LedgerAgentRow, readAgentBounds } from "../ledger.ts";
import { authorityEnv } from "../network/box-authorities.ts";

const gatewayUrl = `http://${box.gatewayHost}:8080`;
const modelName = `${box.provider}/${box.model}`;

/** Where the platform names no permissions: everything is allowed inside the agent's own directory. */
const defaultPermission = { "*": "allow", external_directory: "deny", webfetch: "deny", websearch: "deny", question: "deny" } as const;

/**
 * OpenCode's configuration for one agent: one provider and one tool server, both behind the host's gateway;
 * nothing from outside.
 */
export function makeOpenCodeConfig(prompt: string, bounds: Bounds = {}): Config {
  return {
    $schema: "https://opencode.ai/config.json",
    autoupdate: false,
    share: "disabled",
    snapshot: false,
    lsp: false,
    formatter: false,
    model: modelName,
    small_model: modelName,
    default_agent: box.openCodeAgent,
    enabled_providers: [box.provider],
    provider: {
      [box.provider]: {
        npm: "@ai-sdk/openai-compatible",
        name: "GrowQR",
        options: { baseURL: `${gatewayUrl}/ai/v1`, apiKey: "{env:GROWQR_BOX_TOKEN}", timeout: 600_000 },
        models: { [box.model]: { name: "Grow", tool_call: true, limit: { context: 128_000, output: 16_384 } } },
      },
    },
    permission: bounds.permission ?? defaultPermission,
    experimental: { continue_loop_on_deny: true }, // a refusal is an answer to the model, not the end of its turn
    agent: {
      [box.openCodeAgent]: {
        mode: "primary",
        description: "The member's agent",
        prompt,
        model: modelName,
        ...(bounds.tools ? { tools: bounds.tools } : {}),
      },
      build: { disable: true },
      plan: { disable: true },
      title: { disable: true },
    },
    mcp: {
      [box.mcp]: {
        type: "remote",
        url: `${gatewayUrl}/mcp`,
        enabled: true,
        oauth: false,
        headers: { Authorization: "Bearer {env:GROWQR_BOX_TOKEN}" },
        timeout: 25_000,
      },
    },
  };
}

const disabledFeatures = ["MODELS_FETCH", "AUTOUPDATE", "SHARE", "LSP_DOWNLOAD", "DEFAULT_PLUGINS", "CLAUDE_CODE", "PROJECT_CONFIG", "FFF"];

/**
 * Settings of git above any file of settings, an agent's own included: a repository that lies in another, a
 * watcher of files, hooks and editors run nothing unasked. An agent's commands have them too; a test that
 * needs hooks or a bare repository sets GIT_CONFIG_COUNT=0.
 */
const serverGitSettings = { "safe.bareRepository": "explicit", "core.fsmonitor": "false", "core.hooksPath": "/dev/null" };
export const gitEnv: Record<string, string> = {
  GIT_EDITOR: ":",
  GIT_TERMINAL_PROMPT: "0",
  GIT_CONFIG_COUNT: String(Object.keys(serverGitSettings).length),
  ...Object.fromEntries(
    Object.entries(serverGitSettings).flatMap(([key, value], at) => [
      [`GIT_CONFIG_KEY_${at}`, key],
      [`GIT_CONFIG_VALUE_${at}`, value],
    ]),
  ),
};

const proxy = `http://${box.gatewayHost}:8081`;
const noProxy = [box.gatewayHost, box.gitHost, "localhost", "127.0.0.1"].join(",");
/**
 * The way out of a box, as package managers, git, curl and Node's own fetch look for it. For https alone: a
 * plain address is of this box, or of nothing that it may reach.
 */
export const proxyEnv = {
  ...{ https_proxy: proxy, HTTPS_PROXY: proxy, no_proxy: noProxy, NO_PROXY: noProxy },
  NODE_USE_ENV_PROXY: "1",
};

/**
 * Where a server keeps conversations, cache and log: a folder of the platform that its commands can't read.
 */
export const serverFolder = (agent: string): string => `/workspace/servers/${agent}`;

/** What each shell of an agent's commands begins with, where the platform has given it something. */
export const environmentFile = (agent: string): string => `/workspace/agents/.env/${agent}`;

/** What an agent's server and its commands both have in their environment. */
const makeSharedEnv = (agent: string, seat: number, authorities: string | undefined): Record<string, string> => ({
  HOME: box.agentHome(agent),
  USER: `agent${seat}`,
  LANG: "C.UTF-8",
  BASH_ENV: environmentFile(agent),
  XDG_CONFIG_HOME: "/opt/growqr/xdg",
  ...gitEnv,
  ...proxyEnv,
  ...authorityEnv(authorities),
});
/** How a server looks in the list of processes. */
export const serverTitle = (port: number) =>
  ["opencode", "serve", "--hostname", "0.0.0.0", "--port", String(port), "--print-logs", "--log-level", "WARN"] as const;
/** Package managers and Python as commands find them. What a setup has installed, they find done. */
export const commandTools = "/opt/growqr/checks";
/**
 * The environment of a command of an agent, once the launcher has taken from it what is its server's
 * (`cleanEnvironment` in `images/opencode/launch.c`).
 */
export function makeCommandEnv(agent: string, seat: number, authorities: string | undefined): Record<string, string> {
  const home = box.agentHome(agent);
  return {
    ...makeSharedEnv(agent, seat, authorities),
    PATH: `${commandTools}:/usr/local/bin:/usr/bin:/bin`,
    SHELL: "/bin/bash",
    ...{ AGENT: "1", TERM: "dumb" }, // of OpenCode
    TMPDIR: `${home}/.tmp`,
    XDG_DATA_HOME: `${home}/.local/share`,
    XDG_STATE_HOME: `${home}/.local/state`,
    XDG_CACHE_HOME: `${home}/.cache`,
    GRADLE_USER_HOME: `${home}/.gradle`,
  };
}
/**
 * The environment of one agent's server. Every program on its PATH is the execute-only launcher
 * (`images/opencode/launch.c`), so no process whose environment its user may read is ever given the two
 * secrets in it.
 */
export function makeServerEnv(row: LedgerAgentRow, authorities: string | undefined): string[] {
  const state = serverFolder(row.agent);
  const env: Record<string, string> = {
    ...makeSharedEnv(row.agent, row.seat, authorities),
    PATH: "/opt/growqr/exec",
    SHELL: "/opt/growqr/exec/bash",
    GROWQR_STATE: state,
    TMPDIR: `${state}/tmp`, // native parts that OpenCode unpacks and loads
    XDG_DATA_HOME: `${state}/data`,
    XDG_STATE_HOME: `${state}/state`,
    XDG_CACHE_HOME: `${state}/cache`,
    // Where OpenCode looks for a person's own configuration and plugins (~/.opencode), and for sign-ins that
    // bring configuration along.
    OPENCODE_TEST_HOME: "/opt/growqr/home",
    OPENCODE_AUTH_CONTENT: "{}",
    OPENCODE_CONFIG_DIR: "/opt/growqr/config",
    // An empty list of the world's models: each server would read and check OpenCode's own before its first
    // answer, for 0.9 s of processor time.
    OPENCODE_MODELS_PATH: "/opt/growqr/config/models.json",
    // No compiler for code that runs hot for long: a server mostly waits, and its turns cost a tenth less.
    BUN_JSC_useFTLJIT: "0",
    OPENCODE_CONFIG_CONTENT: JSON.stringify(makeOpenCodeConfig(row.prompt, readAgentBounds(row))),
    OPENCODE_SERVER_PASSWORD: row.password,
    GROWQR_BOX_TOKEN: row.box_token,
    OPENCODE_EXPERIMENTAL_DISABLE_FILEWATCHER: "1",
    ...Object.fromEntries(disabledFeatures.map((name) => [`OPENCODE_DISABLE_${name}`, "1"])),
  };
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}
