ALTER TABLE `approval` ADD `told_in` text;--> statement-breakpoint
UPDATE `approval` SET `told_in` = (SELECT `id` FROM `turn` WHERE `turn`.`agent` = `approval`.`agent` AND `turn`.`state` = 'queued' AND instr(`turn`.`prompt`, `approval`.`id`) > 0 LIMIT 1) WHERE `told_at` IS NOT NULL;--> statement-breakpoint
UPDATE `turn` SET `reason` = 'budget not raised' WHERE `state` = 'stopped' AND `reason` = 'budget' AND `key` IS NULL;
