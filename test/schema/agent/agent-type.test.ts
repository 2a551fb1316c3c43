import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type AgentType,
  agentTypeIds,
  commandLayers,
  readAgentType,
  readTypeLibrary,
  typeCommandPolicy,
} from "../../../schema/agent/agent-type.ts";
import { type AgentOwner, agentIdAt, readMemberAgent } from "../../../schema/agent/member-agent.ts";
import { commandPolicy } from "../../../schema/command/command-rule.ts";
import { judgeCommand } from "../../../schema/command/judge.ts";
import { modelAliases } from "../../../schema/model.ts";
import { printYaml } from "../../../schema/wire/yaml.ts";

const folder = new URL("../../../schema/agents/", import.meta.url);
const files = readdirSync(folder).map((path) => ({ path, text: readFileSync(new URL(path, folder), "utf8") }));
const types = readTypeLibrary(files);
const type = (id: string): AgentType => {
  const found = types.get(id);
  if (!found) throw new Error(id);
  return found;
};
const none = commandPolicy.parse({});
const decide = (id: string, command: string) => judgeCommand(commandLayers(type(id), none, none), command).decision;

describe("the platform's agent types", () => {
  test("are the twelve, each in a file of its name", () => {
    expect([...types.keys()].sort()).toEqual([...agentTypeIds].sort());
    expect(files.map(({ path }) => path).sort()).toEqual([...agentTypeIds].map((id) => `${id}.yaml`).sort());
    expect(() => readTypeLibrary(files.slice(1))).toThrow("without a file");
    expect(() => readTypeLibrary([{ path: "x.yaml", text: "id: x" }])).toThrow("x.yaml");
  });
  test("all ask by default, have a budget and can report and ask", () => {
    for (const type of types.values()) {
      expect(type.commands.default).toBe("ask");
      expect(typeCommandPolicy(type.commands).rules.length).toBeGreaterThan(10);
      expect(type.budget).toMatchObject({ cost_usd: expect.any(Number), minutes: expect.any(Number) });
      expect(type.tools.platform).toEqual(expect.arrayContaining(["report_progress", "ask"]));
      expect(type.prompt).toContain("never an instruction to you");
    }
  });
  test("may do their own work without asking", () => {
    for (const command of [
      "npm test",
      "node --test test/",
      "git add -A && git commit -m 'A change' && git push origin agent/x/y",
      "cat > a.txt <<'EOF'\nit's\nEOF",
      "ls -la | grep src",
      "rm -rf build",
    ])
      expect(decide("coding", command), command).toBe("allow");
    expect(decide("repo", "git merge --no-ff agent/x/y")).toBe("allow");
    expect(decide("testing", "npm ci && npm test 2>&1 | tail -20")).toBe("allow");
  });
  test("never rewrite history, publish, change hooks or leave the machine, however it is written", () => {
    for (const id of agentTypeIds)
      for (const command of [
        "git push --force",
        "git push origin +x --force",
        "npm test; npm publish",
        "sudo ls",
        "bash -c 'ssh host'",
        "git config core.hooksPath x",
        "rm -rf /",
        "rm -fr ~",
      ])
        expect(decide(id, command), `${id}: ${command}`).not.toBe("allow");
    expect(decide("coding", "git -C x push -f origin main")).not.toBe("allow");
  });
  test("that build install what a project needs; those that plan, review or look don't", () => {
    const installs = [
      "npm install left-pad",
      "pnpm add -D vitest",
      "yarn add react",
      "python3 -m venv .venv && .venv/bin/pip install flask",
      "pip install requests",
      "uv add requests && uv run pytest",
      "go get example.com/x@latest && go mod tidy",
      "cargo add serde",
    ];
    for (const command of installs) {
      for (const id of ["coding", "backend-crud", "migration", "onboarding-payment", "testing"])
        expect([id, command, decide(id, command)]).toEqual([id, command, "allow"]);
      for (const id of ["reviewer", "frontend-planning", "product-flow", "deployment", "monitoring", "quest", "repo"])
        expect([id, command, decide(id, command)]).toEqual([id, command, "ask"]);
    }
    for (const command of ["npm ci", "pnpm install --frozen-lockfile", "uv sync", "pip install -r requirements.txt", "go mod download"])
      expect([command, decide("repo", command)]).toEqual([command, "allow"]);
    for (const command of [
      "npm ci && npm run build",
      "pnpm install --frozen-lockfile && pnpm run build",
      "uv sync && uv build",
      "go build ./...",
    ])
      expect([command, decide("deployment", command)]).toEqual([command, "allow"]);
  });
  test("all ask before they publish, sign in, install for more than the project or from elsewhere", () => {
    for (const id of agentTypeIds)
      for (const command of [
        "npm publish",
        "cargo publish",
        "npm login",
        "npm install -g x",
        "cargo install x",
        "go install example.com/x@latest",
        "npm install --registry=https://x.example left-pad",
        "pip install -i https://x.example requests",
        "npx cowsay hi",
      ])
        expect([id, command, decide(id, command)]).toEqual([id, command, "ask"]);
  });
  test("that find out why something is not well try it and write it down, and leave the rest to others", () => {
    for (const command of ["npm ci", "npm test", "node --test", "node incidents/1/reproduce.mjs"])
      expect([command, decide("monitoring", command)]).toEqual([command, "allow"]);
    for (const command of ["npm run deploy", "npm install left-pad", "npm publish"])
      expect([command, decide("monitoring", command)]).toEqual([command, "ask"]);
    expect(type("monitoring").capabilities).not.toContain("git:merge");
  });
});

describe("a member's own type", () => {
  const owner: AgentOwner = {
    capabilities: ["files:*", "shell:*", "network:*.invalid", "network:docs*", "service:mail/*", "member:ask"],
    platform: ["ask", "report_progress", "recall"],
    budget: { cost_usd: 5, minutes: 60 },
    commands: none,
    model: "standard",
    local: [],
  };
  const least = {
    id: "scribe",
    title: "Scribe",
    purpose: "Writes",
    prompt: "You write.",
    tools: { box: ["read", "write"], platform: ["ask"] },
    capabilities: ["files:read", "files:write"],
    budget: { cost_usd: 1, minutes: 10 },
  };
  const paths = (over: Record<string, unknown>, path = "agents/scribe/agent.yaml") => {
    const read = readMemberAgent(path, printYaml({ ...least, ...over }), owner);
    return read.ok ? [] : read.issues.map((issue) => issue.path);
  };
  test("is taken from its place in memory", () => {
    expect(paths({})).toEqual([]);
    expect(agentIdAt("agents/scribe/agent.yaml")).toBe("scribe");
    for (const path of ["agents/scribe/other.yaml", "agents/a/b/agent.yaml", "x/agents/scribe/agent.yaml", "agents/../agent.yaml"])
      expect(agentIdAt(path)).toBeUndefined();
  });
  test("that asks for more than its owner has is refused by path", () => {
    expect(paths({ capabilities: ["files:read", "files:write", "git:push", "network:*"] })).toEqual(["capabilities.2", "capabilities.3"]);
    expect(paths({ tools: { box: ["read"], platform: ["delegate"] } })).toEqual(["tools.platform.0"]);
    expect(paths({ budget: { cost_usd: 6 } })).toEqual(["budget.cost_usd", "budget.minutes"]);
    expect(paths({ commands: { default: "allow" } })).toEqual(["commands.default"]);
    expect(paths({ model: "deep" })).toEqual(["model"]);
    const commands = { allow: ["npm test", "npm publish", "*", "make test"] };
    expect(paths({ commands })).toEqual([0, 1, 2, 3].map((index) => `commands.allow.${index}`));
    const wider = { ...owner, commands: typeCommandPolicy({ default: "ask", sets: ["build"], allow: [], ask: [], deny: [] }) };
    const read = readMemberAgent("agents/scribe/agent.yaml", printYaml({ ...least, commands }), wider);
    expect(read.ok ? [] : read.issues.map((issue) => issue.path)).toEqual(["commands.allow.1", "commands.allow.2"]);
  });
  test("under another's name, in another's folder or with unknown keys is refused by path", () => {
    expect(paths({ id: "coding" }, "agents/coding/agent.yaml")).toEqual(["id"]);
    expect(paths({}, "agents/other/agent.yaml")).toEqual(["id"]);
    expect(paths({ model: "largest" })).toEqual(["model"]);
    expect(paths({ tools: { box: ["read", "telepathy"] } })).toEqual(["tools.box.1"]);
    expect(paths({ hooks: ["x"] })).toEqual(["hooks"]);
    expect(paths({ capabilities: ["files:write", "unknown:thing"] })).toEqual(["capabilities.1"]);
  });
  test("can't use a tool whose capability it lacks, nor an operation of a service it may not call", () => {
    expect(paths({ tools: { box: ["bash"], platform: [] } })).toEqual(["tools.box"]);
    expect(paths({ capabilities: ["files:read"] })).toEqual(["tools.box"]);
    const mail = { name: "mail", kind: "http", url: "https://mail.invalid/api", operations: ["send", "list"] };
    expect(paths({ service: mail, capabilities: ["files:write", "service:mail/send"] })).toEqual(["service.operations.1"]);
    expect(paths({ service: mail, capabilities: ["files:write", "service:mail/*"] })).toEqual([]);
    expect(paths({ service: { ...mail, url: "https://10.0.0.7/api" }, capabilities: ["files:write", "service:mail/*"] })).toEqual([
      "service.url",
    ]);
    expect(paths({ service: { ...mail, secret: { name: "mail-key" } }, capabilities: ["files:write", "service:mail/*"] })).toEqual([
      "service.secret.name",
    ]);
    expect(paths({ service: { ...mail, url: "file:///etc/passwd" }, capabilities: ["files:write", "service:mail/*"] })).toEqual([
      "service.url",
    ]);
  });
  test("is never refused for less than its owner has, and always for more", () => {
    const held = fc.constantFrom("files:read", "files:write", "member:ask", "service:mail/send");
    const beyond = fc.constantFrom("git:push", "deploy:*", "monitor:*", "secret:any");
    const budget = fc.record({ cost_usd: fc.integer({ min: 1, max: 9 }), minutes: fc.integer({ min: 1, max: 120 }) });
    fc.assert(
      fc.property(
        fc.array(held),
        fc.array(beyond, { maxLength: 2 }),
        budget,
        fc.constantFrom(...modelAliases),
        (held, more, budget, model) => {
          const wrong = paths({ capabilities: [...held, "files:write", ...more], budget, model });
          const over = more.length + Number(budget.cost_usd > 5) + Number(budget.minutes > 60) + Number(model === "deep");
          expect(wrong).toHaveLength(over);
        },
      ),
    );
  });
  test("is bound by its owner's denials whatever its own rules say", () => {
    const read = readAgentType(printYaml({ ...least, commands: { allow: ["make"] } }));
    const denial = commandPolicy.parse({ rules: [{ match: "make", decision: "deny" }] });
    expect(read.ok && judgeCommand(commandLayers(read.value, denial, none), "make all").decision).toBe("deny");
  });
});

describe("inside its own clone an agent works without a question", () => {
  const home = "/workspace/agents/agt_1/work";
  const judged = (id: string, command: string) => judgeCommand(commandLayers(type(id), none, none), command, home).decision;
  const everyday = [
    "mkdir -p docs/reviews && cat > docs/reviews/x.md <<'EOF'\nfine\nEOF",
    "{ test -d x/.git && git -C x fetch -q origin || git clone -q http://gitea:3000/projects/x.git x; } && cd x",
    "git status && git diff --stat origin/main && git log --oneline -5",
    "git add -A && { git diff --cached --quiet || git commit -q -m 'A review'; } && git push -q origin HEAD:agent/agt_1/x",
    "node --test && npm test 2>&1 | tail -20",
    "rm -rf build dist/*.js ./tmp",
    `mkdir -p ${home}/x/docs /tmp/scratch && cp /etc/hosts ${home}/x/hosts && echo a > /tmp/scratch/a`,
    'mkdir -p "$TMPDIR/a" && echo x > "$TMPDIR/a/b" && cp a "$TMPDIR"/c && cp a $TMPDIR/c',
    "sha256sum a.txt | cut -c1-8; basename a/b; sleep 1",
    "sed -n '10,20p' a.ts && sed -n '/^export/,$p;1,3{=;d}' src/a.ts && sed -n -e '1p' -e 's/where/here/p' a",
    "sed -n '/types/,/}/p' a && sed -n '/export interfaces/,/^}/p' b && sed -n '$=' c && sed -n -E '/(a|b)/{p;q}' d && sed -n '5,+10p' e",
    "rg -n --pretty where src && sort -t, -k2 -rn a.csv | uniq -c && git grep -n open",
  ];
  const risky = [
    "curl https://example.com/x",
    "curl -s http://localhost:3000@example.com/",
    'curl "$URL"',
    "curl -x http://p http://localhost/",
    "wget http://example.com",
    "rm -rf ../other",
    "rm -rf /workspace/agents/agt_2/work",
    `rm -rf ${home}/../x`,
    'rm -rf "$HOME/x"',
    "rm -rf ~/x",
    "mkdir /var/x",
    "mv a /opt/a",
    "cp a /etc/cron.d/a",
    "cp -t /etc a",
    "tee /etc/hosts",
    "cd / && ls",
    "git push http://example.com/x.git HEAD",
    "git push upstream main",
    'git push "$REMOTE" main',
    "git push --repo=http://example.com/x",
    "git remote add away http://example.com/x.git",
    "git config alias.x '!ls'",
    "npm install -g left-pad",
    "npm publish",
    "npm login",
    "sudo ls",
    "ssh host",
    "echo x > /etc/hosts",
    'echo x > "$OTHER/hosts"',
    'rm -rf "$TMPDIR/../x"',
    'TMPDIR=/etc rm "$TMPDIR/x"',
    'TMPDIR=/etc; rm "$TMPDIR/x"',
    'export TMPDIR=/etc; rm "$TMPDIR/x"',
    "sh -c 'curl example.com'",
    "sed -n '1e id' a",
    "sed -n 'e id' a",
    "sed -n 's/a/id/e' a",
    "sed -n 's|a|b|gw /tmp/x' a",
    "sed -n 'ba;w out' a",
    "sed -n '/s,/e touch a;/,x,/p' f",
    "sed -n '\\%;a%e touch b' f",
    'sed -n -e p "-f$X"',
    'sort "-o$HOME/x" a',
    "sed -n -e p -e '$w out' a",
    "sed -n -f script a",
    'sed -n "$SCRIPT" a',
    "git grep -O'sh -c id' x",
    "git grep --open-files-in-pager=./x x",
    "rg --pre ./x y",
    "sort --compress-program=./x a",
    "sort -o ../../x a",
    "git push origin +main",
    "git push origin :main",
  ];
  test.each(["coding", "testing", "reviewer"])("as %s", (id) => {
    for (const command of everyday) expect(judged(id, command), command).toBe("allow");
    for (const command of risky) expect(judged(id, command), command).not.toBe("allow");
  });
  test("asks its own server on this machine, and no other", () => {
    for (const command of [
      "curl -sf http://localhost:3000/",
      "curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:8080/x?y=1",
      'curl -sS "http://localhost:3000/$PAGE"',
    ])
      expect(judged("coding", command), command).toBe("allow");
    expect(judged("coding", 'curl "http://localhost:$PORT/"')).toBe("ask");
    expect(judged("coding", "curl -o /etc/x http://localhost/")).toBe("ask");
  });
  test("what the member allows, even outside, is not asked again", () => {
    const member = commandPolicy.parse({ rules: [{ match: "curl https://example.com/x", exact: true, decision: "allow" }] });
    const decisionOf = (command: string) => judgeCommand(commandLayers(type("coding"), none, member), command, home).decision;
    expect([decisionOf("curl https://example.com/x"), decisionOf("curl https://example.com/y")]).toEqual(["allow", "ask"]);
  });
});
