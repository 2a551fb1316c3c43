import { createClient } from "@libsql/client";
import { afterAll, inject } from "vitest";
import { z } from "zod";
import { readInstance } from "../../../schema/machine/instance.ts";
import { met, person } from "../person.ts";
import { ofThisWorker } from "./each-worker.ts";

/**
 * Files of tests share one product: when one ends, the stacks of its people are stopped, or the last file
 * would share the machine with all of them.
 */
afterAll(async () => {
  const products = inject("products");
  const product = products ? ofThisWorker(products) : inject("product");
  const client = createClient({ url: `http://127.0.0.1:${readInstance(product.instance).ports.libsql}` });
  const sql = "select agent.id, email from agent join member on member.id = agent.member where observed not in ('absent', 'stopped')";
  const { rows } = await client.execute(sql);
  client.close();
  const awake = z.array(z.object({ id: z.string(), email: z.string() })).parse(rows);
  for (const { id, email } of awake.filter((each) => met.has(each.email))) {
    try {
      const { status, body } = await (await person(product, email)).call("POST", `/actors/${id}/stop`, { scope: "stack" });
      if (status !== 200) console.warn(`the stack of ${email} was not stopped: ${status} ${JSON.stringify(body)}`);
    } catch (error) {
      console.warn(`the stack of ${email} was not stopped`, error); // what the file has tested stands
    }
  }
});
