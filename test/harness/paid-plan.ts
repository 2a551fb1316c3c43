import { createClient } from "@libsql/client";
import { readInstance } from "../../schema/machine/instance.ts";

/**
 * Puts a member on the paid plan before their stack is made, as a checkout would. The member must have called
 * the product once.
 */
export async function onStudio(instanceName: string, email: string): Promise<void> {
  const client = createClient({ url: `http://127.0.0.1:${readInstance(instanceName).ports.libsql}` });
  const [from, to] = [Date.now(), Date.now() + 30 * 86_400_000];
  const row = "select id, 'studio', 'active', ?, ?, ? from member where email = ?";
  const sql = `insert into subscription (member, plan, status, period_start, period_end, created_at) ${row}`;
  const made = await client.execute({ sql, args: [from, to, from, email] });
  client.close();
  if (made.rowsAffected !== 1) throw new Error(`${email} was not put on the paid plan`);
}
