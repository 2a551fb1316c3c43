import { useCallback, useEffect, useRef, useState } from "react";
import { z } from "zod";
import { type Attachment, attachment, attachmentLimits, shownName } from "../../schema/attachment.ts";
import { ceilingOf } from "../../schema/entitlement.ts";
import { errors } from "../../schema/error.ts";
import { failure } from "./ask.ts";
import { useDoors, useNow, useSpace } from "./context.ts";
import { told } from "./told.ts";

/** A file on its way into the box. It waits while the stack wakes. */
export type Upload = {
  id: string;
  name: string;
  bytes: number;
  file?: File | undefined;
  state: "waiting" | "sending" | "done" | "failed";
  error?: string | undefined;
  attachment?: Attachment | undefined;
  /** Where it lies, in the directory of an agent that no longer gets the message: it goes on to the one that does. */
  from?: Attachment | undefined;
};
export type Uploads = {
  list: readonly Upload[];
  /** Nothing is on its way any more, and nothing failed. */
  settled: boolean;
  waking: boolean;
  add: (files: Iterable<File>) => void;
  remove: (id: string) => void;
  retry: (id: string) => void;
  clear: () => void;
};

const keyOf = (conversation: string) => `growqr.attached.${conversation}`;
function readKept(conversation: string): Upload[] {
  try {
    const kept = z.array(attachment).safeParse(JSON.parse(localStorage.getItem(keyOf(conversation)) ?? "[]"));
    return (kept.data ?? []).map(uploaded);
  } catch {
    return []; // written by something else under our key: same as nothing
  }
}
/** What is on its way, by conversation: the field that opens a channel gives way to the channel's own, and files go on in that one. */
const held = new Map<string, readonly Upload[]>();
const takenUp = (conversation: string): readonly Upload[] =>
  held.get(conversation)?.map((upload) => (upload.state === "sending" ? { ...upload, state: "waiting" } : upload)) ??
  readKept(conversation);
function keep(conversation: string, list: readonly Upload[]): void {
  if (list.length > 0) held.set(conversation, list);
  else held.delete(conversation);
  const done = list.flatMap(({ attachment, from }) => attachment ?? from ?? []);
  if (done.length > 0) localStorage.setItem(keyOf(conversation), JSON.stringify(done));
  else localStorage.removeItem(keyOf(conversation));
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

const tries = 5;
/** A stack that stops or starts just now, or a line that blinked, is asked again; the same file is kept once. */
async function patiently<T>(act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act();
    } catch (error) {
      if (attempt === tries || !errors[told(error).code].retryable) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** attempt));
    }
  }
}

const listeners = new Set<(conversation: string, files: readonly Upload[]) => void>();
const together = (before: readonly Upload[], files: readonly Upload[]) => [
  ...before.filter(({ id }) => !files.some((file) => file.id === id)),
  ...files,
];
/** They go with what is being written in a conversation, whichever field shows that now. */
function give(conversation: string, files: readonly Upload[]): void {
  keep(conversation, together(takenUp(conversation), files));
  for (const listener of listeners) listener(conversation, files);
}
/** Files of a message that is edited come back to what is being written in its conversation. */
export const returnFiles = (conversation: string, attachments: readonly Attachment[]): void =>
  give(conversation, attachments.map(uploaded));

/**
 * The files that go with the next message of a conversation to an agent, which reads only its own directory: when another agent answers
 * there by now, they go on to that one. What is uploaded survives a reload.
 */
export function useUploads(agentId: string, conversation: string): Uploads {
  const { api } = useDoors();
  const { agent, me, startStack } = useSpace();
  const { view, link } = useNow();
  const [list, setList] = useState<readonly Upload[]>(() => takenUp(conversation));
  const change = useCallback((id: string, to: Partial<Upload>) => {
    setList((before) => before.map((upload) => (upload.id === id ? { ...upload, ...to } : upload)));
  }, []);
  useEffect(() => keep(conversation, list), [conversation, list]);
  useEffect(() => {
    const back = (to: string, files: readonly Upload[]) => to === conversation && setList((before) => together(before, files));
    listeners.add(back);
    return () => void listeners.delete(back);
  }, [conversation]);
  const astray = list.some(({ attachment }) => attachment && attachment.agent !== agentId);
  useEffect(() => {
    if (astray) setList((before) => before.map((upload) => (upload.attachment ? movedTo(agentId, upload) : upload)));
  }, [astray, agentId]);

  const running = view.stack?.tier === "running" && view.stack.observed === "running" && view.stack.ready;
  const waiting = list.some(({ state }) => state === "waiting");
  const started = useRef(new Set<string>());
  useEffect(() => {
    if (!running) return;
    for (const upload of list) {
      const { id, state, file, from } = upload;
      const key = `${id} ${agentId}`;
      if (state !== "waiting" || started.current.has(key) || !(file ?? from)) continue;
      started.current.add(key);
      change(id, { state: "sending" });
      patiently(async () => api.attach(agent.id, agentId, file ?? fileOf(from!, await api.attached(agent.id, from!))))
        .then(
          (attachment) => change(id, { state: "done", attachment, from: undefined }),
          (error: unknown) => change(id, { state: "failed", error: failure(error) }),
        )
        .finally(() => started.current.delete(key));
    }
  }, [running, list, api, agent.id, agentId, change]);

  const may = ceilingOf(me.entitlement) === "running";
  const asleep = waiting && !running && link.status === "live" && view.stack?.tier !== "running";
  const { run, state: start } = startStack;
  useEffect(() => {
    if (asleep && may && start === "idle") run();
  }, [asleep, may, start, run]);
  const refused = !asleep ? undefined : !may ? "Your stack is stopped, and your plan does not let it start." : undefined;
  const stuck = refused ?? (asleep && start === "failed" ? `Your stack did not start: ${failure(startStack.error)}` : undefined);
  useEffect(() => {
    if (stuck === undefined) return;
    setList((before) => before.map((upload) => (upload.state === "waiting" ? { ...upload, state: "failed", error: stuck } : upload)));
  }, [stuck]);

  const add = useCallback(
    (files: Iterable<File>) => {
      const room = attachmentLimits.perMessage - takenUp(conversation).filter(({ error }) => !error).length;
      const fresh = [...files].map((file, index) => newUpload(file, room - index));
      give(conversation, fresh);
    },
    [conversation],
  );
  const remove = useCallback((id: string) => setList((before) => before.filter((upload) => upload.id !== id)), []);
  const retry = useCallback(
    (id: string) => {
      startStack.reset();
      change(id, { state: "waiting", error: undefined });
    },
    [change, startStack.reset],
  );
  const clear = useCallback(() => setList([]), []);
  const settled = list.every(({ state }) => state === "done");
  return { list, settled, waking: waiting && !running, add, remove, retry, clear };
}
