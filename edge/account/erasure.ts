import { confirms, type ErasureOut, erasureIn, erasureOut, pickConfirmWord } from "../../schema/account/erasure.ts";
import type { MemberRow } from "../../schema/account/member.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { personDoor } from "../door.ts";
import { type EdgeApp, jsonAnswer, jsonRequest, newApp, refusalAnswers } from "../http.ts";
import { beginAudit } from "../kernel/audit.ts";
import { findErasure, findMember } from "../kernel/member-row.ts";
import { beginErasure } from "./begin-erasure.ts";
import { driveErasures } from "./erase.ts";

/** What a person writes by hand so that nothing is erased by a slip. */
const confirmWord = ({ name, email, id }: MemberRow): string => pickConfirmWord([name, email]) ?? id;

async function describeErasure({ db, config }: EdgeApp["Variables"], subject: string): Promise<ErasureOut> {
  const deletesSignIn = config.CLERK_SECRET_KEY !== undefined;
  const job = await findErasure(db, subject);
  if (job) {
    const { askedAt, endedAt, step } = job;
    return {
      state: endedAt === null ? "erasing" : "erased",
      step: endedAt === null ? step : null,
      askedAt,
      endedAt,
      confirmBy: null,
      deletesSignIn,
    };
  }
  const member = await findMember(db, subject);
  const confirmBy = member ? confirmWord(member) : null;
  return { state: "none", step: null, askedAt: null, endedAt: null, confirmBy, deletesSignIn };
}

export const erasureRoutes = newApp()
  .openapi(
    personDoor({
      method: "get",
      path: "/account/erasure",
      summary: "Whether the account is being erased, and how far that is",
      tags: ["Account"],
      responses: { 200: jsonAnswer("How far it is", erasureOut), ...refusalAnswers },
    }),
    async (c) => {
      const out = await describeErasure(c.var, c.var.identity.subject);
      if (out.state === "erasing") c.executionCtx.waitUntil(driveErasures({ env: c.env, ...c.var }, Date.now()));
      return c.json(out, 200);
    },
  )
  .openapi(
    personDoor({
      method: "post",
      path: "/account/erasure",
      summary: "Erase the account: stack, repositories, agents and rows, for good. The same again changes nothing",
      tags: ["Account"],
      request: { body: jsonRequest(erasureIn) },
      responses: { 202: jsonAnswer("It is being erased", erasureOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, identity } = c.var;
      const now = Date.now();
      const member = await findMember(db, identity.subject);
      if (member && member.erasingSince === null) {
        const word = confirmWord(member);
        const issues = [{ path: "confirm", message: `must be ${word}` }];
        if (!confirms(c.req.valid("json").confirm, word))
          throw new AppError("invalid", { issues }, { message: `Write ${word} to confirm.` });
        await beginAudit(c, c.var, member.id, { kind: "member", id: member.id });
        await beginErasure(db, identity.subject, "member", now);
      } else if (!member && !(await findErasure(db, identity.subject))) throw new AppError("not_found");
      c.executionCtx.waitUntil(driveErasures({ env: c.env, ...c.var }, now));
      return c.json(await describeErasure(c.var, identity.subject), 202);
    },
  );
