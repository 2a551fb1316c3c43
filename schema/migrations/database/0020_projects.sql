CREATE TABLE `project` (
	`id` text PRIMARY KEY NOT NULL,
	`member` text NOT NULL,
	`name` text NOT NULL,
	`repo` text NOT NULL,
	`template` text,
	`created_at` integer NOT NULL,
	`removed_at` integer,
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `project_member` ON `project` (`member`,`name`);--> statement-breakpoint
ALTER TABLE `audit` ADD `project` text;--> statement-breakpoint
UPDATE `audit` SET `project` = json_extract(`entry`, '$.target') WHERE (`kind` = 'project' AND json_extract(`entry`, '$.action') NOT LIKE '%{name}%' AND json_extract(`entry`, '$.action') NOT LIKE '%{domainId}%') OR json_extract(`entry`, '$.action') IN ('editHandIn', 'repositoryMake');--> statement-breakpoint
UPDATE `audit` SET `project` = 'prj_' || substr(json_extract(`entry`, '$.target'), 5) WHERE `project` IS NULL AND substr(json_extract(`entry`, '$.target'), 1, 4) = 'rep_';--> statement-breakpoint
CREATE INDEX `audit_project` ON `audit` (`member`,`project`,`at`,`seq`);