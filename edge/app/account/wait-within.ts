import { AppError } from "../../../schema/wire/error.ts";

const tookLong = "Sign-in takes long to answer. Nothing is lost; try again in a moment.";
/** What sign-in answers, if it does so within `ms`; else a `timeout`. The work itself goes on. */
export function waitWithin<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new AppError("timeout", { what: "sign-in" }, { message: tookLong })), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

const doesNotAnswer = "Sign-in does not answer right now. Nothing is lost; try again in a moment.";
/** Nobody can be asked for a session's token. `retryAfter`: seconds that Clerk asks to be left alone for. */
export const signInAway = (cause?: unknown, retryAfter?: number) =>
  new AppError("unavailable", { what: "sign-in", retryAfter }, { message: doesNotAnswer, cause });
