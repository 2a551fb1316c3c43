import { singleLine } from "../wire/cut-text.ts";
import type { QuestionId, ReminderIn } from "./reminder.ts";

/** What a reminder says in each of its ways. */
export type ReminderFacts = Pick<ReminderIn, "title" | "agent"> & {
  task?: string | undefined;
  /** Absent of what waits until it is answered. */
  expiresAt?: number | undefined;
  more?: number | undefined;
  /** It asks nothing: `agent` is what it is about. */
  notice?: true | undefined;
  /** Where it is answered, below the app's origin. */
  path: string;
};
export function questionPath(question: QuestionId): string {
  if (question.startsWith("pln_")) return `/plan/${question}`;
  return question.startsWith("qst_") ? `/quest?tab=running&id=${question}` : `/inbox?id=${question}`;
}

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escaped = (text: string) => text.replace(/[&<>"']/g, (char) => escapes[char] ?? char);

const months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const two = (n: number) => String(n).padStart(2, "0");
/** Where the reader is, a mail can't know. */
function until(at: number): string {
  const day = new Date(at);
  return `${day.getUTCDate()} ${months[day.getUTCMonth()]}, ${two(day.getUTCHours())}:${two(day.getUTCMinutes())} UTC`;
}

/** Nothing of a single question. */
const others = (more: number | undefined) => (more ? `${more} more ${more === 1 ? "question waits" : "questions wait"} for you.` : "");

export type ReminderMail = { subject: string; text: string; html: string };
/** The same reminder is the same mail, letter by letter: a second try is then known as such. */
export function composeMail(reminder: ReminderFacts, origin: string): ReminderMail {
  const [agent, title] = [singleLine(reminder.agent), singleLine(reminder.title)];
  const link = `${origin}${reminder.path}`;
  const says = reminder.notice ? ":" : " asks:";
  const facts = [`${agent}${says} ${title}`, ...(reminder.task ? [`Task: ${singleLine(reminder.task)}`] : [])];
  const endless = reminder.notice ? "" : "It waits until you answer.";
  const ends =
    reminder.expiresAt === undefined ? endless : `It waits for you until ${until(reminder.expiresAt)}. Without an answer it counts as no.`;
  const also = others(reminder.more);
  const text = [
    ...facts,
    ...(ends ? ["", ends] : []),
    ...(also ? ["", also] : []),
    "",
    `Open it: ${link}`,
    "",
    `Which reminders you get: ${origin}/reminder`,
    "",
  ].join("\n");
  const html = [
    '<div style="font:15px/22px system-ui,sans-serif;max-width:560px">',
    `<p><b>${escaped(agent)}</b>${says} ${escaped(title)}</p>`,
    ...(reminder.task ? [`<p>Task: ${escaped(singleLine(reminder.task))}</p>`] : []),
    ...(ends ? [`<p>${escaped(ends)}</p>`] : []),
    ...(also ? [`<p>${also}</p>`] : []),
    `<p><a href="${escaped(link)}">Open it in GrowQR</a></p>`,
    `<p style="font-size:13px"><a href="${escaped(origin)}/reminder">Which reminders you get</a></p>`,
    "</div>",
  ].join("\n");
  const subject = reminder.more ? `${reminder.more + 1} questions wait: ${title}` : `${agent}${says} ${title}`;
  return { subject: subject.slice(0, 200), text, html };
}

/** What the service worker (`edge/app/public/sw.js`) shows. `tag`: a later one about the same replaces it. */
export function composePush(reminder: ReminderFacts, tag: string) {
  const { agent, title, task, expiresAt, path, more, notice } = reminder;
  const asks = notice ? singleLine(agent) : `${singleLine(agent)} asks`;
  return {
    title: more ? `${more + 1} questions wait` : asks,
    text: singleLine(title),
    ...(task ? { task: singleLine(task) } : {}),
    ...(expiresAt ? { expiresAt } : {}),
    path,
    tag,
  };
}
