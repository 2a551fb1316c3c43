ALTER TABLE `turn` ADD `task` text;--> statement-breakpoint
CREATE INDEX `turn_task` ON `turn` (`task`);--> statement-breakpoint
ALTER TABLE `task` ADD `read_seq` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `turn` SET `task` = (SELECT `task` FROM `run` WHERE `run`.`ref` = `turn`.`id`);--> statement-breakpoint
UPDATE `task` SET `read_seq` = (SELECT coalesce(max(`seq`), 0) FROM `event`);
