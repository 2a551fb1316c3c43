CREATE TABLE `model_choice` (
	`member` text NOT NULL,
	`type` text NOT NULL,
	`paid_by` text NOT NULL,
	`provider` text NOT NULL,
	`model` text NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`member`, `type`),
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `provider_key` (
	`owner` text NOT NULL,
	`provider` text NOT NULL,
	`base_url` text,
	`sealed` text NOT NULL,
	`ending` text NOT NULL,
	`state` text NOT NULL,
	`detail` text NOT NULL,
	`models` text NOT NULL,
	`tested_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`owner`, `provider`)
);
--> statement-breakpoint
CREATE TABLE `model_reservation` (
	`id` text PRIMARY KEY NOT NULL,
	`member` text NOT NULL,
	`agent` text NOT NULL,
	`session` text NOT NULL,
	`request_id` text NOT NULL,
	`task` text,
	`quest` text,
	`model` text NOT NULL,
	`alias` text NOT NULL,
	`own` integer NOT NULL,
	`micros` integer NOT NULL,
	`input_tokens` integer NOT NULL,
	`input_micros` integer NOT NULL,
	`began` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `model_reservation_member` ON `model_reservation` (`member`);--> statement-breakpoint
CREATE INDEX `model_reservation_expires` ON `model_reservation` (`expires_at`);--> statement-breakpoint
ALTER TABLE `model_session` ADD `task` text;--> statement-breakpoint
ALTER TABLE `model_session` ADD `task_micros` integer;--> statement-breakpoint
ALTER TABLE `model_session` ADD `quest` text;--> statement-breakpoint
ALTER TABLE `model_session` ADD `quest_micros` integer;--> statement-breakpoint
ALTER TABLE `usage` ADD `own_micros` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `usage` ADD `task` text;--> statement-breakpoint
ALTER TABLE `usage` ADD `quest` text;--> statement-breakpoint
CREATE INDEX `usage_task` ON `usage` (`member`,`task`);--> statement-breakpoint
CREATE INDEX `usage_quest` ON `usage` (`member`,`quest`);