CREATE TABLE `agent` (
	`id` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`title` text NOT NULL,
	`channel` text NOT NULL,
	`state` text NOT NULL,
	`task` text,
	`session` text,
	`directory` text,
	`boot` text,
	`git_user` text,
	`created_at` integer NOT NULL,
	`used_at` integer NOT NULL,
	`retired_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `agent_channel_unique` ON `agent` (`channel`);--> statement-breakpoint
CREATE INDEX `agent_type` ON `agent` (`type`);--> statement-breakpoint
INSERT INTO `agent` (`id`, `type`, `title`, `channel`, `state`, `session`, `directory`, `boot`, `git_user`, `created_at`, `used_at`) SELECT `agent`, 'grow', `name`, `channel`, 'idle', `session`, `directory`, `boot`, `git_user`, `last_activity`, `last_activity` FROM `grow_agent`;--> statement-breakpoint
CREATE TABLE `task` (
	`id` text PRIMARY KEY NOT NULL,
	`plan` text,
	`spec_id` text NOT NULL,
	`project` text NOT NULL,
	`branch` text,
	`spec` text NOT NULL,
	`spec_hash` text NOT NULL,
	`facts` text NOT NULL,
	`state` text NOT NULL,
	`worker` text,
	`due_at` integer,
	`rev` integer NOT NULL,
	`progress` text DEFAULT '' NOT NULL,
	`log` text DEFAULT '' NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `task_state` ON `task` (`state`);--> statement-breakpoint
CREATE INDEX `task_plan` ON `task` (`plan`);--> statement-breakpoint
CREATE INDEX `task_worker` ON `task` (`worker`);--> statement-breakpoint
CREATE TABLE `plan` (
	`id` text PRIMARY KEY NOT NULL,
	`state` text NOT NULL,
	`revision` integer NOT NULL,
	`body` text NOT NULL,
	`turn_id` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `plan_state` ON `plan` (`state`);--> statement-breakpoint
CREATE TABLE `run` (
	`id` text PRIMARY KEY NOT NULL,
	`task` text NOT NULL,
	`ref` text NOT NULL,
	`body` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `run_ref_unique` ON `run` (`ref`);--> statement-breakpoint
CREATE INDEX `run_task` ON `run` (`task`);--> statement-breakpoint
CREATE TABLE `step` (
	`position` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`task` text,
	`heard` text NOT NULL,
	`text` text NOT NULL,
	`did` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `sub_agent` (
	`agent` text PRIMARY KEY NOT NULL,
	`member` text NOT NULL,
	`parent` text NOT NULL,
	`type` text NOT NULL,
	`channel` text NOT NULL,
	`workspace` text NOT NULL,
	`tools` text NOT NULL,
	`capabilities` text NOT NULL,
	`state` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `turn` ADD `agent` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `turn` ADD `prompt` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `turn` ADD `key` text;--> statement-breakpoint
UPDATE `turn` SET `agent` = coalesce((SELECT `agent` FROM `grow_agent`), ''), `prompt` = coalesce((SELECT `text` FROM `message` WHERE `message`.`turn_id` = `turn`.`id`), '');--> statement-breakpoint
UPDATE `work` SET `lane` = 'turn:' || (SELECT `agent` FROM `grow_agent`) WHERE `kind` = 'turn';--> statement-breakpoint
CREATE INDEX `turn_agent` ON `turn` (`agent`,`state`);--> statement-breakpoint
ALTER TABLE `grow_agent` DROP COLUMN `session`;--> statement-breakpoint
ALTER TABLE `grow_agent` DROP COLUMN `directory`;--> statement-breakpoint
ALTER TABLE `grow_agent` DROP COLUMN `boot`;--> statement-breakpoint
ALTER TABLE `grow_agent` DROP COLUMN `git_user`;