import { z } from "zod";
import { startMailbox } from "./server.ts";
import "../../local/ignore-log-errors.ts";

/** The mail service as a process of its own. */
const { MAIL_PORT, MAIL_KEY } = z.object({ MAIL_PORT: z.coerce.number().int(), MAIL_KEY: z.string().min(1) }).parse(process.env);
const mailbox = await startMailbox(MAIL_PORT, MAIL_KEY);
process.on("SIGTERM", () => void mailbox.close());
