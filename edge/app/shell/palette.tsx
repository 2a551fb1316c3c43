import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { shownPath } from "../../../schema/wire/path.ts";
import { findRunningTurn } from "../agent/agent-status.ts";
import { useChannels } from "../conversation/channel-list.ts";
import { useConversation, useConversationLive } from "../conversation/conversation.ts";
import { useActionQuery } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { useServices, useSpace } from "../live/workspace.ts";
import { mayRun } from "../stack/stack-words.ts";
import { useStackLine } from "../stack/use-stack-line.ts";
import { Ring, type RingState } from "../ui/ring.tsx";
import { signOutQuestion, stopQuestion } from "./confirm-dialog.tsx";
import styles from "./dialogs.module.css";
import { keys } from "./keyboard-shortcuts.ts";
import { hasPageAction } from "./page-action.ts";
import { useProjects, useSearchHits } from "./palette-search.ts";
import { useScreen } from "./screen.ts";
import { KeyCaps, Sheet } from "./sheet.tsx";
import { switchTheme } from "./theme.ts";

export type PaletteCommand = {
  id: string;
  title: string;
  /** A second line, and what it is. */
  detail?: string;
  kind?: string;
  key?: string;
  ring?: RingState;
  run: () => void;
};

/** Commands that go to channels. */
function useSwitches(): PaletteCommand[] {
  const lines = useChannels();
  const navigate = useNavigate();
  return lines.map((line) => ({
    id: line.id,
    title: line.name,
    ring: line.ring,
    run: () => void navigate(line.home ? { to: "/" } : { to: "/c/$agent", params: { agent: line.id } }),
  }));
}

function useList(): PaletteCommand[] {
  const { sessions } = useServices();
  const space = useSpace();
  const screen = useScreen();
  const navigate = useNavigate();
  const conversation = useConversation();
  const running = useConversationLive((state) => findRunningTurn(state) !== undefined);
  const tasks = useLive(({ view }) => view.tasks);
  const commits = useLive(({ view }) => view.commits);
  const library = useActionQuery("questLibrary", {});
  const { place, leave } = useStackLine();
  return useMemo(() => {
    const list: Omit<PaletteCommand, "id">[] = [
      ...(hasPageAction("openFind")
        ? [{ title: keys.find.title, key: keys.find.keys[0], run: () => setTimeout(() => screen.find(true)) }] // when the palette has given the focus back
        : []),
      { title: keys.approvals.title, key: keys.approvals.keys[0], run: () => void navigate({ to: "/inbox" }) },
      { title: keys.timeline.title, key: keys.timeline.keys[0], run: () => void navigate({ to: "/timeline" }) },
      { title: keys.projects.title, key: keys.projects.keys[0], run: () => void navigate({ to: "/project" }) },
      { title: "New project: begin one from a template", run: () => void navigate({ to: "/project", search: { new: true } }) },
      { title: keys.quests.title, key: keys.quests.keys[0], run: () => void navigate({ to: "/quest" }) },
      { title: keys.goals.title, key: keys.goals.keys[0], run: () => void navigate({ to: "/goal" }) },
      { title: "Kinds of agents: give one work", run: () => void navigate({ to: "/kinds" }) },
      { title: "Sessions: what each agent talked about, resume one", run: () => void navigate({ to: "/session" }) },
      { title: keys.secrets.title, key: keys.secrets.keys[0], run: () => void navigate({ to: "/secret" }) },
      { title: "Models: which one each kind of agent has, and whose key pays", run: () => void navigate({ to: "/model-key" }) },
      { title: "Rules: what agents may always do", run: () => void navigate({ to: "/inbox", search: { tab: "rules" } }) },
      { title: "Reminders: how you hear of questions", run: () => void navigate({ to: "/reminder" }) },
      { title: "Plan and usage: what it allows, what was used", run: () => void navigate({ to: "/plan-usage" }) },
      { title: "Git tokens: clone a repository", run: () => void navigate({ to: "/git-token" }) },
      { title: "Access tokens: programs that work in your name", run: () => void navigate({ to: "/access-token" }) },
      { title: "Your account: name, password, where you are signed in", run: () => void navigate({ to: "/profile" }) },
      { title: "Audit: who changed what", run: () => void navigate({ to: "/audit-log" }) },
      ...(space.me.roles.includes("operator")
        ? [
            { title: "Machines: hosts, runners, join tokens", run: () => void navigate({ to: "/machine" }) },
            { title: "Payments: what is wrong, how a member's went", run: () => void navigate({ to: "/payment-desk" }) },
            { title: "Platform's keys: models' providers", run: () => void navigate({ to: "/platform-key" }) },
          ]
        : []),
      ...(space.me.roles.some((role) => role === "operator" || role === "support")
        ? [{ title: "Support: how a member's stack stands", run: () => void navigate({ to: "/help-desk" }) }]
        : []),
      { title: "Settings", run: () => void navigate({ to: "/settings" }) },
      { title: keys.switch.title, key: keys.switch.keys[0], run: () => screen.open("switch") },
      { title: keys.channel.title, key: keys.channel.keys[0], run: () => void navigate({ to: "/" }) },
      { title: keys.memory.title, key: keys.memory.keys[0], run: () => void navigate({ to: "/memories" }) },
      { title: keys.files.title, key: keys.files.keys[0], run: () => void navigate({ to: "/files" }) },
      { title: "Show or hide the task panel", key: keys.task.keys[0], run: () => screen.showPanel(!screen.side) },
      { title: keys.terminal.title, key: keys.terminal.keys[0], run: () => void navigate({ to: "/", search: { panel: "terminal" } }) },
      ...(!mayRun(space.me)
        ? []
        : place
          ? [{ title: "Leave the line for a machine", run: leave }]
          : [
              { title: "Start the stack", run: space.startStack.run },
              { title: "Stop the stack", run: () => screen.ask(stopQuestion(space.stopStack.run)) },
            ]),
      { title: keys.theme.title, key: keys.theme.keys[0], run: switchTheme },
      { title: keys.help.title, key: keys.help.keys[0], run: () => screen.open("help") },
      { title: "Sign out", run: () => screen.ask(signOutQuestion(() => sessions.signOut())) },
    ];
    if (running) list.unshift({ title: keys.stop.title, key: keys.stop.keys[0], run: conversation.stop.run });
    for (const quest of library.data?.quests ?? [])
      list.push({ title: `Quest: ${quest.title}`, run: () => void navigate({ to: "/quest", search: { tab: "library", pick: quest.id } }) });
    for (const task of [...tasks.values()].slice(-20).reverse())
      list.push({ title: `Task: ${task.title}`, run: () => void navigate({ to: "/timeline", search: { task: task.taskId } }) });
    const files = [...new Map(commits.flatMap((commit) => commit.files.map((file) => [`${commit.repo}:${file.path}`, { commit, file }])))];
    for (const [, { commit, file }] of files.reverse().slice(0, 50))
      list.push({
        title: shownPath(file.path),
        run: () => void navigate({ to: "/files", search: { repo: commit.repo, ref: commit.branch, path: file.path } }),
      });
    return list.map((command, index) => ({ ...command, id: `${index} ${command.title}` }));
  }, [sessions, space, screen, navigate, conversation, running, tasks, commits, library.data, place, leave]);
}

const intoView = (option: HTMLElement | null) => option?.scrollIntoView({ block: "nearest" });

/** Type to filter, arrows to choose, Enter to run. */
export function Palette({ channels = false }: { channels?: boolean }) {
  const { close } = useScreen();
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const commands = useList();
  const switches = useSwitches();
  const label = channels ? "Switch to a channel" : "Find or run";
  const projects = useProjects();
  const search = useSearchHits(channels ? "" : words);
  const all = channels ? switches : [...commands, ...(words.trim() ? [...switches, ...projects] : [])];
  const named = all
    .filter(({ title }) =>
      words
        .toLowerCase()
        .split(/\s+/)
        .every((word) => title.toLowerCase().includes(word)),
    )
    .slice(0, search.found.length > 0 ? 6 : 12);
  const found = [...named, ...search.found];
  const chosen = Math.min(at, found.length - 1);
  const run = (command: PaletteCommand | undefined) => {
    if (!command) return;
    close();
    command.run();
  };
  const press = (key: string) => {
    if (key === "ArrowDown") setAt((chosen + 1) % Math.max(1, found.length));
    else if (key === "ArrowUp") setAt((chosen + found.length - 1) % Math.max(1, found.length));
    else if (key === "Enter") run(found[chosen]);
    else return false;
    return true;
  };
  return (
    <Sheet label={label} className={styles.pal}>
      <input
        role="combobox"
        aria-expanded="true"
        aria-controls="commands"
        aria-activedescendant={found[chosen] ? `command-${chosen}` : undefined}
        aria-label={label}
        placeholder={label}
        value={words}
        onChange={(event) => {
          setWords(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => !event.nativeEvent.isComposing && press(event.key) && event.preventDefault()}
      />
      <div id="commands" role="listbox" aria-label="Commands">
        {found.map((command, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
          // biome-ignore lint/a11y/useFocusableInteractive: the field has the focus
          <div
            key={command.id}
            id={`command-${index}`}
            role="option"
            aria-selected={index === chosen}
            ref={index === chosen ? intoView : undefined}
            onClick={() => run(command)}
            onMouseMove={() => setAt(index)}
          >
            {command.ring && <Ring state={command.ring} label="" />}
            <span className="grow t">
              {command.title}
              {command.detail && <span className={`s12 sub t ${styles.palDetail}`}>{command.detail}</span>}
            </span>
            {command.kind && <span className="chip">{command.kind}</span>}
            {command.key && <KeyCaps presses={command.key} />}
          </div>
        ))}
      </div>
      <p className={`sub s13 ${styles.state}`} role="status">
        {search.text ||
          (found.length === 0 && (channels ? "No channel of that name." : "Nothing found in messages, files, memory and projects."))}
      </p>
    </Sheet>
  );
}
