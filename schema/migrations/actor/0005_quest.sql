CREATE TABLE `quest` (
	`id` text PRIMARY KEY NOT NULL,
	`state` text NOT NULL,
	`body` text NOT NULL,
	`files` text NOT NULL,
	`due_at` integer,
	`rev` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `quest_state` ON `quest` (`state`);