CREATE TABLE `proof` (
	`id` text PRIMARY KEY NOT NULL,
	`task` text NOT NULL,
	`repo` text NOT NULL,
	`branch` text NOT NULL,
	`commit` text NOT NULL,
	`checks` integer NOT NULL,
	`receipt` text NOT NULL,
	`at` integer NOT NULL,
	`stale_at` integer
);
--> statement-breakpoint
CREATE INDEX `proof_branch` ON `proof` (`repo`,`branch`);--> statement-breakpoint
CREATE INDEX `proof_task` ON `proof` (`task`);