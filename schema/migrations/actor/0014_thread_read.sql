ALTER TABLE `task` ADD `read_seq` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `task` SET `read_seq` = (SELECT coalesce(max(`seq`), 0) FROM `event`);
