import { z } from "zod";
import { browserErrorIn, browserErrorPath } from "../schema/browser-error.ts";
import { publicDoor } from "./door.ts";
import { jsonAnswer, jsonRequest, newApp, refusalAnswers } from "./http.ts";
import { limitByAddress } from "./kernel/auth.ts";

const mostFaultBytes = 16_384;
const taken = z.object({ taken: z.literal(true) });

/** Faults of the app in browsers, as lines of the log. Nobody need be signed in: the door may fail too. */
export const browserErrorRoutes = newApp().openapi(
  publicDoor(limitByAddress, {
    method: "post",
    path: browserErrorPath,
    tags: ["Platform"],
    summary: "A page of the app tells of a fault of its own",
    body: mostFaultBytes,
    request: { body: jsonRequest(browserErrorIn) },
    responses: { 202: jsonAnswer("It stands in the log", taken), ...refusalAnswers },
  }),
  (c) => {
    c.var.log("warn", "fault in a browser", { fault: c.req.valid("json"), browser: c.req.header("user-agent")?.slice(0, 200) ?? "" });
    return c.json({ taken: true } as const, 202);
  },
);
