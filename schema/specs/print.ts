import { taskSchema } from "../task/spec.ts";

// node schema/specs/print.ts > schema/specs/task.schema.json
console.log(JSON.stringify(taskSchema(), null, 2));
