import path from "node:path";
import { z } from "zod";
import { demoPrices } from "../../local/payments.ts";
import { startPayments } from "./server.ts";
import "../../local/ignore-log-errors.ts";

/** The double of Stripe as a process of its own; what it knows is kept in its folder. */
const env = z
  .object({
    PAYMENTS_PORT: z.coerce.number().int(),
    PAYMENTS_KEY: z.string().min(1),
    PAYMENTS_SECRET: z.string().min(1),
    PAYMENTS_FOLDER: z.string().min(1),
    PAYMENTS_WEBHOOK: z.url(),
  })
  .parse(process.env);
const payments = await startPayments({
  ...{ port: env.PAYMENTS_PORT, key: env.PAYMENTS_KEY, secret: env.PAYMENTS_SECRET, webhook: env.PAYMENTS_WEBHOOK },
  ...{ prices: demoPrices, file: path.join(env.PAYMENTS_FOLDER, "payments.json") },
});
process.on("SIGTERM", () => void payments.close());
