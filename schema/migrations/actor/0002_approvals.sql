CREATE TABLE `approval` (
	`id` text PRIMARY KEY NOT NULL,
	`key` text NOT NULL,
	`agent` text NOT NULL,
	`task` text,
	`turn` text,
	`session` text,
	`state` text NOT NULL,
	`body` text NOT NULL,
	`always` text,
	`scope` text,
	`told_at` integer,
	`revoked_at` integer,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `approval_key_unique` ON `approval` (`key`);--> statement-breakpoint
CREATE INDEX `approval_state` ON `approval` (`state`,`expires_at`);--> statement-breakpoint
CREATE INDEX `approval_turn` ON `approval` (`turn`);--> statement-breakpoint
CREATE TABLE `policy` (
	`path` text PRIMARY KEY NOT NULL,
	`text` text NOT NULL,
	`error` text,
	`read_at` integer NOT NULL
);
