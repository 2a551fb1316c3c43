CREATE TABLE `changed_file` (
	`repo` text NOT NULL,
	`path` text NOT NULL,
	`channel` text NOT NULL,
	`seq` integer NOT NULL,
	`hash` text NOT NULL,
	`branch` text NOT NULL,
	`status` text NOT NULL,
	`additions` integer NOT NULL,
	`deletions` integer NOT NULL,
	PRIMARY KEY(`repo`, `path`)
);
--> statement-breakpoint
CREATE INDEX `changed_file_channel` ON `changed_file` (`channel`,`seq`);--> statement-breakpoint
ALTER TABLE `agent` ADD `read_seq` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `agent` SET `read_seq` = (SELECT coalesce(max(`seq`), 0) FROM `event`);--> statement-breakpoint
INSERT OR REPLACE INTO `changed_file`
SELECT json_extract(`event`.`body`, '$.repo'), json_extract(`file`.`value`, '$.path'), coalesce((SELECT `agent`.`channel` FROM `turn` JOIN `agent` ON `agent`.`id` = `turn`.`agent` WHERE `turn`.`id` = `event`.`turn_id`), `event`.`channel`), `event`.`seq`, json_extract(`event`.`body`, '$.hash'), json_extract(`event`.`body`, '$.branch'), json_extract(`file`.`value`, '$.status'), json_extract(`file`.`value`, '$.additions'), json_extract(`file`.`value`, '$.deletions')
FROM `event`, json_each(`event`.`body`, '$.files') AS `file` WHERE `event`.`kind` = 'commit' ORDER BY `event`.`seq`;
