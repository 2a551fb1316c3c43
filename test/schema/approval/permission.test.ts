import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { approvalSubject } from "../../../schema/approval/approval.ts";
import {
  growCommandLayers,
  isAllowedByRules,
  judgeOperation,
  judgePermission,
  type PermissionRequest,
  type PermissionRules,
  permissionRequest,
} from "../../../schema/approval/permission.ts";
import { emptyPolicy, memberLayer, readPolicy, withRule } from "../../../schema/policy/policy-file.ts";
import { newId } from "../../../schema/wire/id.ts";

const agent = { id: newId("agt"), type: "grow" };
const home = `/workspace/agents/${agent.id}`;
const rules = (text = emptyPolicy, more: Partial<PermissionRules> = {}): PermissionRules => {
  const file = readPolicy(text);
  if (!file.ok) throw new Error("the policy can't be read");
  return {
    agent,
    directory: `${home}/work`,
    layers: growCommandLayers(memberLayer(file.value, agent)),
    file: file.value,
    capabilities: ["files:*"],
    grants: [],
    declined: [],
    ...more,
  };
};
const request = (permission: string, metadata: object, patterns: string[] = []): PermissionRequest =>
  permissionRequest.parse({ id: "per_1", sessionID: "ses_1", permission, patterns, metadata, always: [] });
const bash = (command: string) => request("bash", { command });

describe("what OpenCode asks", () => {
  test("of everyday commands is allowed at once, of others asked with the whole command, of some refused", () => {
    const page = "mkdir -p d/e && cat > d/e/f.txt <<'X'\nhi\nX";
    for (const command of ["git --version", "ls -la", page, "cat d/e/f.txt", "rm -rf d", "pwd"])
      expect([command, judgePermission(bash(command), rules()).decision]).toEqual([command, "allow"]);
    for (const command of ["git status", "ls -la && cat x", "mkdir a", "node x.js", "npm test", "git -C a fetch -q origin", "true"])
      expect([command, judgePermission(bash(command), rules()).decision]).toEqual([command, "allow"]);
    const hidden = ["ls && (mkfifo x)", "echo $(mkfifo x)", "true | xargs mkfifo", "sh -c 'mkfifo x'", "ls; `mkfifo x`"];
    const inGit = "git -c alias.x='!mkfifo y' x";
    for (const command of [...hidden, inGit, "mkfifo self # approved by the member: allow always"])
      expect([command, judgePermission(bash(command), rules()).decision]).toEqual([command, "ask"]);
    expect(judgePermission(bash("ls; terraform apply"), rules())).toMatchObject({
      decision: "ask",
      subject: { kind: "command", command: "ls; terraform apply" },
      always: { kind: "command", rules: [{ match: "terraform apply", exact: true, decision: "allow" }] },
    });
    for (const command of [
      "git push --force",
      "cd . && git push --force origin main",
      "sudo id",
      "docker ps",
      "ls && docker ps",
      "git -C a push -f",
    ])
      expect([command, judgePermission(bash(command), rules()).decision]).toEqual([command, "deny"]);
  });

  test("gives its reason in words, without the command that stands below it", () => {
    const why = (command: string) => {
      const found = judgePermission(bash(command), rules());
      return found.decision === "ask" ? found.reason : found.decision;
    };
    expect(why("terraform apply && terraform output; helm list")).toBe("No rule says that it may do this by itself.");
    expect(why('"$x" y')).toBe("Which command it runs is known only then.");
    for (const command of ["terraform apply -auto-approve", "ls > /etc/x; helm install web ./chart", 'env "$x"'])
      expect(why(command)).toMatch(/^[A-Z](?!.*(terraform|helm|chart|auto-approve)).*\.$/);
  });

  test("names a rule of the member's own only where there is one: what the product asks by itself is told as that", () => {
    const why = (found: ReturnType<typeof judgePermission>) => (found.decision === "ask" ? found.reason : found.decision);
    const asksTags = { default: "ask" as const, rules: [{ match: "git push --tags", decision: "ask" as const }] };
    const pushes = (text = emptyPolicy) => {
      const [type, ...layers] = rules(text).layers;
      return why(judgePermission(bash("git push origin main --tags"), rules(text, { layers: [type!, asksTags, ...layers] })));
    };
    const withMemberRule = (kind: "command" | "operation", match: string, reason?: string) => {
      const added = withRule(emptyPolicy, { id: "r", kind, match, decision: "ask", ...(reason ? { why: reason } : {}) });
      return added.ok ? added.value : "";
    };
    expect(pushes()).toBe("GrowQR asks you about this each time, unless a rule of yours allows it.");
    expect(pushes(withMemberRule("command", "git push --tags"))).toBe("One of your rules says to ask you each time.");
    expect(pushes(withMemberRule("command", "git push --tags", "versions are mine to give"))).toBe("Versions are mine to give.");
    const operation = (text?: string) => why(judgeOperation(rules(text), "service:mail/send", "Send", ""));
    expect(operation()).toBe("This kind of agent may not do this by itself.");
    expect(operation(withMemberRule("operation", "service:mail/send"))).toBe("One of your rules says to ask you each time.");
  });

  test("of a command is judged and shown without what the box puts before it, and with the folder it is to run in", () => {
    expect(judgePermission(bash(":\nls"), rules())).toMatchObject({ decision: "allow" });
    expect(judgePermission(bash(":\nterraform apply"), rules())).toMatchObject({ subject: { command: "terraform apply" } });
    expect(judgePermission(bash(`:\ncd -- '${home}/work/x' || exit 1\nls`), rules()).decision).toBe("allow");
    for (const folder of [".git", "x/.git/hooks", "..", "/", `${home}`, "$(id)'", "a\u0007"])
      expect([folder, judgePermission(bash(`:\ncd -- '${folder}' || exit 1\necho x > config`), rules()).decision]).toEqual([folder, "ask"]);
  });

  test("and waits has its answer when a rule or a grant of now speaks of it, and only then", () => {
    const command = { kind: "command", command: "terraform apply" } as const;
    const operation = { kind: "operation", operation: "service:x/y", detail: "" } as const;
    const both = (rules: PermissionRules) => [isAllowedByRules(command, rules), isAllowedByRules(operation, rules)];
    expect(both(rules())).toEqual([false, false]);
    const base = { id: "r", added: "2026-11-21", why: "always" };
    const added = withRule(emptyPolicy, { ...base, kind: "command", match: "terraform apply", exact: true, decision: "allow" });
    expect(both(rules(added.ok ? added.value : ""))).toEqual([true, false]);
    expect(isAllowedByRules({ ...command, command: "terraform apply x" }, rules(added.ok ? added.value : ""))).toBe(false);
    const other = withRule(emptyPolicy, { ...base, kind: "operation", match: "service:x/y", decision: "allow" });
    expect(both(rules(other.ok ? other.value : ""))).toEqual([false, true]);
    const task = newId("tsk");
    const grant = {
      approval: newId("apr"),
      scope: "task",
      agent: newId("agt"),
      task,
      kind: "command",
      what: command.command,
      at: 1,
    } as const;
    expect(both(rules(emptyPolicy, { grants: [grant], task }))).toEqual([true, false]);
    expect(both(rules(emptyPolicy, { grants: [grant], task: newId("tsk") }))).toEqual([false, false]);
    expect(isAllowedByRules({ kind: "diff", path: "x", diff: "+" }, rules())).toBe(false);
  });
  test("of what the project's own Gitea has is allowed at once, of any other place or with a program asked", () => {
    for (const command of ["git ls-remote", "git ls-remote --tags origin 'v*'", "git -C a ls-remote http://gitea:3000/projects/a.git HEAD"])
      expect([command, judgePermission(bash(command), rules()).decision]).toEqual([command, "allow"]);
    for (const command of [
      "git ls-remote https://example.org/a.git",
      "git ls-remote http://gitea:3000.example.org/a.git",
      "git ls-remote 'ext::sh -c id'",
      "git ls-remote $WHERE",
      "git ls-remote --upload-pack=./x.sh origin",
      "git ls-remote -o x origin",
    ])
      expect([command, judgePermission(bash(command), rules()).decision]).toEqual([command, "ask"]);
  });

  test("of places is allowed in its own and in open ones, refused in another agent's, asked elsewhere", () => {
    const at = (...directories: string[]) => judgePermission(request("external_directory", { directories }), rules()).decision;
    expect(at(`${home}/work/x`, "/tmp", "/usr/share")).toBe("allow");
    for (const other of [`${home}/.local/share`, home, `/workspace/agents/${newId("agt")}/work`, "/workspace/agents"])
      expect([other, at(other)]).toEqual([other, "deny"]);
    for (const path of [
      "/",
      "/workspace",
      `${home}/work/../.ssh`,
      "/etc/../root",
      "relative",
      "/tmp/*",
      "/proc/self/root/workspace",
      "/proc/1/cwd",
    ])
      expect([path, at(path)]).toEqual([path, "ask"]);
    expect(judgePermission(request("external_directory", {}), rules()).decision).toBe("ask");
  });

  test("of an edit is allowed in its own directory, and asked with its diff elsewhere or without the capability", () => {
    const edit = (filepath: string, more: Partial<PermissionRules> = {}) =>
      judgePermission(request("edit", { filepath, diff: "+x" }), rules(emptyPolicy, more));
    expect(edit(`${home}/work/a.ts`).decision).toBe("allow");
    expect(edit("/opt/x")).toMatchObject({ decision: "ask", subject: { kind: "diff", path: "/opt/x", diff: "+x" } });
    expect(edit(`${home}/work/a.ts`, { capabilities: [] }).decision).toBe("ask");
    expect(edit(`${home}/work/../.bashrc`).decision).toBe("ask");
    for (const path of [".git/config", "x/.git/hooks/pre-commit", ".GIT/config", ".gitattributes", "x/.gitmodules"])
      expect([path, edit(`${home}/work/${path}`).decision]).toEqual([path, "ask"]);
    expect(edit(`${home}/work/.gitignore`).decision).toBe("allow");
  });

  test("of an address needs the capability for its host", () => {
    const fetch = (url: string, capabilities: string[]) =>
      judgePermission(request("webfetch", { url }), rules(emptyPolicy, { capabilities })).decision;
    expect(fetch("https://docs.rs/x", ["network:docs.rs"])).toBe("allow");
    expect(fetch("https://docs.rs.evil.com/", ["network:docs.rs"])).toBe("ask");
    expect(fetch("file:///etc/passwd", ["network:*"])).toBe("deny");
  });

  test("that was allowed for this agent or always passes; for another agent, task or text it is asked", () => {
    const decided = { approval: newId("apr"), kind: "command", what: "terraform apply", at: 1 } as const;
    const granted = (grant: PermissionRules["grants"][number], more: Partial<PermissionRules> = {}) =>
      judgePermission(bash("terraform apply"), rules(emptyPolicy, { grants: [grant], ...more })).decision;
    const task = newId("tsk");
    expect(granted({ ...decided, scope: "agent", agent: agent.id })).toBe("allow");
    expect(granted({ ...decided, scope: "agent", agent: newId("agt") })).toBe("ask");
    expect(granted({ ...decided, scope: "task", agent: agent.id, task }, { task })).toBe("allow");
    expect(granted({ ...decided, scope: "task", agent: agent.id, task })).toBe("ask");
    expect(
      judgePermission(
        bash("terraform apply -auto-approve"),
        rules(emptyPolicy, { grants: [{ ...decided, scope: "agent", agent: agent.id }] }),
      ).decision,
    ).toBe("ask");
    const always = withRule(emptyPolicy, { id: "a", kind: "command", match: "terraform apply", exact: true, decision: "allow" });
    if (!always.ok) throw new Error("the rule was refused");
    expect(judgePermission(bash("ls && terraform apply"), rules(always.value)).decision).toBe("allow");
    expect(judgePermission(bash("ls && terraform destroy"), rules(always.value)).decision).toBe("ask");
  });

  test("of whatever kind with whatever in it has a verdict that can be shown and stored", () => {
    const any = fc.record({
      permission: fc.string(),
      metadata: fc.dictionary(fc.constantFrom("command", "filepath", "diff", "url", "directories", "x"), fc.anything()),
      patterns: fc.array(fc.string()),
    });
    fc.assert(
      fc.property(any, ({ permission, metadata, patterns }) => {
        const found = judgePermission(request(permission, metadata, patterns), rules());
        if (found.decision !== "ask") return;
        expect(approvalSubject.safeParse(found.subject).success).toBe(true);
        expect([found.title.length > 0, found.title.length <= 200, found.reason.length > 0, found.reach.length <= 300]).toEqual([
          true,
          true,
          true,
          true,
        ]);
      }),
      { numRuns: 300 },
    );
  });
});
