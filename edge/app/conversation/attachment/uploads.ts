import { useCallback, useEffect, useRef, useSyncExternalStore } from "react";
import { z } from "zod";
import { type Attachment, attachment, attachmentLimits, shownName } from "../../../../schema/conversation/attachment.ts";
import { errorTable } from "../../../../schema/wire/error.ts";
import { failureText } from "../../live/use-action.ts";
import { useConnected, useLive } from "../../live/use-live.ts";
import { useServices, useSpace } from "../../live/workspace.ts";
import { mayRun } from "../../stack/stack-words.ts";
import { describeError } from "../../ui/describe-error.ts";

/** A file on its way into the box. It waits while the stack wakes. */
export type Upload = {
  id: string;
  name: string;
  bytes: number;
  file?: File | undefined;
  state: "waiting" | "sending" | "done" | "failed";
  error?: string | undefined;
  attachment?: Attachment | undefined;
  /** A file in the directory of an agent that no longer gets the message moves to the one that does. */
  from?: Attachment | undefined;
};
export type Uploads = {
  list: readonly Upload[];
  /** Every upload has ended, and none failed. */
  settled: boolean;
  waking: boolean;
  add: (files: Iterable<File>) => void;
  remove: (id: string) => void;
  retry: (id: string) => void;
  clear: () => void;
};

const uploadKey = (conversation: string) => `growqr.attached.${conversation}`;
function readKept(conversation: string): Upload[] {
  try {
    const kept = z.array(attachment).safeParse(JSON.parse(localStorage.getItem(uploadKey(conversation)) ?? "[]"));
    return (kept.data ?? []).map(uploaded);
  } catch {
    return []; // other software wrote it under our key
  }
}
/** The files of the next message, by conversation, so that a field may be replaced without loss. */
const lists = new Map<string, readonly Upload[]>();
const uploadListeners = new Set<() => void>();
const subscribe = (listener: () => void) => {
  uploadListeners.add(listener);
  return () => void uploadListeners.delete(listener);
};
function listOf(conversation: string): readonly Upload[] {
  const list = lists.get(conversation) ?? readKept(conversation);
  lists.set(conversation, list);
  return list;
}
function setList(conversation: string, change: (before: readonly Upload[]) => readonly Upload[]): void {
  const list = change(listOf(conversation));
  lists.set(conversation, list);
  const done = list.flatMap(({ attachment, from }) => attachment ?? from ?? []);
  if (done.length > 0) localStorage.setItem(uploadKey(conversation), JSON.stringify(done));
  else localStorage.removeItem(uploadKey(conversation));
  for (const listener of uploadListeners) listener();
}

const uploaded = (file: Attachment): Upload => ({ id: file.name, name: file.name, bytes: file.bytes, state: "done", attachment: file });
/** An upload that lies with another agent waits to be brought to this one. */
const movedTo = (agentId: string, upload: Upload): Upload =>
  upload.attachment && upload.attachment.agent !== agentId
    ? { ...upload, state: "waiting", from: upload.attachment, attachment: undefined }
    : upload;
const fileOf = (from: Attachment, content: Blob): File => new File([content], shownName(from.name));

function newUpload(file: File, room: number): Upload {
  const base = { id: crypto.randomUUID(), name: file.name || "file", bytes: file.size };
  const most = attachmentLimits.bytes / 1024 / 1024;
  if (file.size > attachmentLimits.bytes) return { ...base, state: "failed", error: `Larger than ${most} MB, so it was not attached.` };
  if (room <= 0) return { ...base, state: "failed", error: `A message takes ${attachmentLimits.perMessage} files.` };
  return { ...base, file, state: "waiting" };
}

const tries = 12;
const longestWait = 8_000; // milliseconds: together about a minute, as long as an agent's start may take
/** Retried while a stack or an agent starts or stops, or the line is bad; the same file is kept once. */
async function uploadPatiently<T>(act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act();
    } catch (error) {
      if (attempt === tries || !errorTable[describeError(error).code].retryable) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.min(500 * 2 ** attempt, longestWait)));
    }
  }
}

function give(conversation: string, files: readonly Upload[]): void {
  setList(conversation, (before) => [...before.filter(({ id }) => !files.some((file) => file.id === id)), ...files]);
}
/** Returns the files of an edited message to its conversation's next message. */
export const returnFiles = (conversation: string, attachments: readonly Attachment[]): void =>
  give(conversation, attachments.map(uploaded));

/**
 * The files that go with the next message of a conversation to an agent, which reads only its own directory:
 * when another agent answers there by now, they go on to that one. What is uploaded survives a reload.
 */
export function useUploads(agentId: string, conversation: string): Uploads {
  const { api } = useServices();
  const { agent, me, startStack } = useSpace();
  const stack = useLive(({ view }) => view.stack);
  const connected = useConnected();
  const list = useSyncExternalStore(subscribe, () => listOf(conversation));
  const changeAll = useCallback(
    (change: (upload: Upload) => Upload) => setList(conversation, (before) => before.map(change)),
    [conversation],
  );
  const change = useCallback(
    (id: string, to: Partial<Upload>) => changeAll((upload) => (upload.id === id ? { ...upload, ...to } : upload)),
    [changeAll],
  );
  const known = useLive(({ view }) => view.snapshot !== undefined); // before it nobody can tell who answers here
  const astray = known && list.some(({ attachment }) => attachment && attachment.agent !== agentId);
  useEffect(() => {
    if (astray) changeAll((upload) => movedTo(agentId, upload));
  }, [astray, agentId, changeAll]);

  const running = stack?.tier === "running" && stack.observed === "running" && stack.ready;
  const waiting = list.some(({ state }) => state === "waiting");
  useEffect(() => {
    if (!running || !waiting) return;
    for (const { id, state, file, from } of listOf(conversation)) {
      if (state !== "waiting" || !(file ?? from)) continue;
      change(id, { state: "sending" });
      uploadPatiently(async () => api.attach(agent.id, agentId, file ?? fileOf(from!, await api.attached(agent.id, from!)))).then(
        (attachment) => change(id, { state: "done", attachment, from: undefined }),
        (error: unknown) => change(id, { state: "failed", error: failureText(error) }),
      );
    }
  }, [running, waiting, conversation, api, agent.id, agentId, change]);

  const may = mayRun(me);
  const asleep = waiting && !running && connected && stack?.tier !== "running";
  const { run, pending: starting, error: notStarted } = startStack;
  const up = stack?.tier === "running";
  const wasUp = useRef(up);
  useEffect(() => {
    const stoppedNow = wasUp.current && !up && !stack?.asleep;
    wasUp.current = up;
    if (!asleep) return;
    if (stoppedNow)
      // the member's stop holds: a file that waited does not start the stack again
      changeAll((upload) =>
        upload.state === "waiting" ? { ...upload, state: "failed", error: "Your stack was stopped before." } : upload,
      );
    else if (may && !starting && !notStarted) run();
  }, [up, stack?.asleep, asleep, may, starting, notStarted, run, changeAll]);
  const refused = !asleep ? undefined : !may ? "Your stack is stopped, and your plan does not let it start." : undefined;
  const stuck = refused ?? (asleep && notStarted ? `Your stack did not start: ${failureText(notStarted)}` : undefined);
  useEffect(() => {
    if (stuck === undefined) return;
    changeAll((upload) => (upload.state === "waiting" ? { ...upload, state: "failed", error: stuck } : upload));
  }, [stuck, changeAll]);

  const add = useCallback(
    (files: Iterable<File>) => {
      const room = attachmentLimits.perMessage - listOf(conversation).filter(({ error }) => !error).length;
      const fresh = [...files].map((file, index) => newUpload(file, room - index));
      give(conversation, fresh);
    },
    [conversation],
  );
  const remove = useCallback(
    (id: string) => setList(conversation, (before) => before.filter((upload) => upload.id !== id)),
    [conversation],
  );
  const retry = useCallback(
    (id: string) => {
      startStack.reset();
      change(id, { state: "waiting", error: undefined });
    },
    [change, startStack.reset],
  );
  const clear = useCallback(() => setList(conversation, () => []), [conversation]);
  const settled = list.every(({ state }) => state === "done");
  return { list, settled, waking: waiting && !running, add, remove, retry, clear };
}
