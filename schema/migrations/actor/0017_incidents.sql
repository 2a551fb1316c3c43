CREATE TABLE `incident` (
	`id` text PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`release` text NOT NULL,
	`state` text NOT NULL,
	`cause` text NOT NULL,
	`reason` text NOT NULL,
	`opened_at` integer NOT NULL,
	`closed_at` integer,
	`evidence` text,
	`approval` text,
	`plan` text,
	`repair` text,
	`failures` integer DEFAULT 0 NOT NULL,
	`steps` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `incident_project` ON `incident` (`project`,`id`);--> statement-breakpoint
CREATE INDEX `incident_plan` ON `incident` (`plan`);--> statement-breakpoint
CREATE UNIQUE INDEX `incident_open` ON `incident` (`project`) WHERE closed_at is null;--> statement-breakpoint
ALTER TABLE `project` ADD `repair` text DEFAULT 'ask' NOT NULL;--> statement-breakpoint
ALTER TABLE `project` ADD `deploys` text DEFAULT 'ask' NOT NULL;--> statement-breakpoint
INSERT INTO `incident` (`id`, `project`, `release`, `state`, `cause`, `reason`, `opened_at`, `steps`)
SELECT 'inc_' || substr(p.`id`, 5), p.`name`, r.`id`, 'open', 'health', coalesce(p.`app_reason`, 'It is not well.'), p.`incident_at`,
  json_array(json_object('at', p.`incident_at`, 'kind', 'opened', 'text', substr(coalesce(p.`app_reason`, 'It is not well.'), 1, 1000)))
FROM `project` p JOIN `release` r ON r.`id` = (SELECT max(s.`id`) FROM `release` s WHERE s.`project` = p.`name` AND s.`state` = 'serving')
WHERE p.`incident_at` IS NOT NULL;--> statement-breakpoint
ALTER TABLE `project` DROP COLUMN `incident_at`;